"""A SampleJob done in the reading process: a valid request made for a route."""

from collections.abc import Iterator

import msgspec

from mockwave.answers.sampled_requests import SampleWish
from mockwave.processes.process_limits import read_resident_bytes
from mockwave.reading.reading_messages import SampleAnswer, SampleDone
from mockwave.sampling.route_requests import make_route_request

_decode = msgspec.msgpack.Decoder(SampleWish).decode


def do_sample(data: bytes) -> Iterator[SampleAnswer]:
    """The answer to the job, whose wish is `data`."""
    yield SampleDone(make_route_request(_decode(data)), read_resident_bytes())
