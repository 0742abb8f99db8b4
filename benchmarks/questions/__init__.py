"""What is asked, one file a question, by the name under which the command line and the results know it."""

from benchmarks.questions import (
    body_sizes,
    in_flight,
    journal,
    large_import,
    long_log,
    many_routes,
    matching,
    mixed,
    plain_hits,
    request_headers,
    route_changes,
    route_memory,
    rules,
    start_up,
    stubs,
    workers,
)
from benchmarks.questions.contract import Question

QUESTIONS: dict[str, Question] = {
    question.name: question
    for question in (
        Question("a", "Throughput and latency of plain hits", plain_hits.measure),
        Question("b", "The same with 1,000 and 10,000 routes loaded", many_routes.measure),
        Question("c", "Request headers of a bare client and of a browser", request_headers.measure),
        Question("d", "Bodies of 1 KB, 16 KB and 256 KB", body_sizes.measure),
        Question("e", "One worker and two", workers.measure),
        Question("f", "Thousands of delayed requests in flight on one worker", in_flight.measure),
        Question("g", "Millions of requests on record", long_log.measure),
        Question("h", "Route changes, and mocks meanwhile", route_changes.measure),
        Question("i", "Import of a document over 10 MB, and mocks meanwhile", large_import.measure),
        Question("j", "Process start to first answer", start_up.measure),
        Question("k", "Memory a route", route_memory.measure),
        Question("rules", "What rules cost", rules.measure),
        Question("stubs_by_header", "Stubs of one path, told apart by a header", stubs.measure_by_header),
        Question("stubs_by_path", "Stubs of as many paths", stubs.measure_by_path),
        Question("journal", "The journal by itself: append, drain", journal.measure),
        Question("matcher", "The matcher by itself, with the routes of GitHub's document", matching.measure),
        Question("mixed", "Mixed traffic by Locust", mixed.measure),
    )
}
