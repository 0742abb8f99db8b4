"""Media types are looked up by what may cover them; the answer is the same as by comparing each with each."""

from hypothesis import given
from hypothesis import strategies as st

from mockwave.bodies.media_types import DeclaredRanges, choose_range
from mockwave.mocks.negotiation import COVERINGS, rank_media_types, read_accept, read_media_type

KINDS = st.sampled_from(["application", "text", "image", "*"])
SUBTYPES = st.sampled_from(
    ["json", "xml", "plain", "*", "a+json", "a+b+json", "*+json", "*+b+json", "*+xml", "a+", "*+", "a", ""]
)
PARAMETERS = st.sampled_from(["", ";version=1", ";version=2", "; charset=utf-8"])
MEDIA_TYPES = st.builds("{}/{}{}".format, KINDS, SUBTYPES, PARAMETERS)
ELEMENTS = st.builds("{}{}".format, MEDIA_TYPES, st.sampled_from(["", ";q=0", ";q=0.5", ";q=1"]))


@given(st.lists(MEDIA_TYPES, max_size=12), MEDIA_TYPES)
def test_the_narrowest_range_is_found_without_looking_at_each(declared: list[str], media_type: str) -> None:
    assert DeclaredRanges(declared).nearest(media_type) == choose_range(declared, media_type)


@given(st.lists(MEDIA_TYPES, max_size=8), st.lists(ELEMENTS, min_size=1, max_size=8))
def test_media_types_are_ranked_as_if_each_were_compared_with_each_range(
    offered: list[str], elements: list[str]
) -> None:
    accept = ", ".join(elements).encode()

    assert rank_media_types(offered, accept) == rank_one_by_one(offered, accept)


def rank_one_by_one(offered: list[str], accept: bytes) -> list[int]:
    """The same by the definition (RFC 9110 §12.5.1)."""
    refused: set[int] = set()
    for covering in COVERINGS:
        nearest = {
            index: max(found, key=lambda each: (each.specificity, -each.position))
            for index, media_type in enumerate(map(read_media_type, offered))
            if (found := [each for each in read_accept(accept) if covering(each.media_type, media_type)])
        }
        ranks = {
            index: (each.quality, each.specificity, -each.position)
            for index, each in nearest.items()
            if index not in refused
        }
        refused |= {index for index, (quality, *_) in ranks.items() if quality == 0}
        if ranks.keys() - refused:
            return sorted((index for index in ranks if index not in refused), key=ranks.__getitem__, reverse=True)
    return []
