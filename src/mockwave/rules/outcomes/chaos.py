"""Chaos: a share of the requests is delayed and fails, with a status or a fault; the others are left alone.

It is an outcome like others: all statuses and faults are equally likely. Without any, the chosen requests go on after
the delay.
"""

from collections.abc import Collection

from mockwave.problems import PROBLEM_MEDIA_TYPE
from mockwave.response_fields import STATUS_CODES
from mockwave.rules.given_objects import GivenObject
from mockwave.rules.outcomes.answers import NO_ANSWER, ROUTE_ANSWER, StaticAnswer
from mockwave.rules.outcomes.delays import read_delay
from mockwave.rules.outcomes.faults import FAULTS, FAULTS_OF_A_RESPONSE, check_fault
from mockwave.rules.outcomes.outcomes import AnyOutcome, SingleOutcome, WeightedOutcome
from mockwave.rules.outcomes.rate_limits import problem_body

MOST_STATUSES = 100
LONGEST_RETRY_AFTER_S = 24 * 60 * 60


def read_chaos(given: GivenObject, engine_faults: Collection[str]) -> tuple[float, AnyOutcome] | None:
    """Reads the share of chosen requests (0 to 1), and their outcome; None if it is invalid."""
    given.refuse_unknown(("rate", "statuses", "faults", "latency", "retryAfter"))
    rate = given.number("rate", 0, 1, is_required=True)
    delay = read_delay(given, "latency")
    retry_after_s = given.integer("retryAfter", 0, LONGEST_RETRY_AFTER_S)
    headers = () if retry_after_s is None else (("Retry-After", str(retry_after_s)),)
    choices: list[SingleOutcome] = []
    for index, status in enumerate(given.items("statuses", MOST_STATUSES) or ()):
        if isinstance(status, bool) or not isinstance(status, int) or status not in STATUS_CODES:
            expected = f"expected an integer from {STATUS_CODES[0]} to {STATUS_CODES[-1]}"
            given.refuse(("statuses", index), "range", expected)
            continue
        answer = StaticAnswer(
            status=status,
            headers=headers,
            content_type=PROBLEM_MEDIA_TYPE.decode(),
            body=problem_body(status, "chaos", "this failure is one that a rule asks for"),
        )
        choices.append(SingleOutcome(answer=answer, delay=delay))
    for index, name in enumerate(given.items("faults", len(FAULTS)) or ()):
        fault = check_fault(given, ("faults", index), name, engine_faults)
        if fault is not None:
            is_of_response = fault in FAULTS_OF_A_RESPONSE
            choices.append(
                SingleOutcome(answer=ROUTE_ANSWER if is_of_response else NO_ANSWER, delay=delay, fault=fault)
            )
    if retry_after_s is not None and "statuses" not in given:
        given.refuse("retryAfter", "contradiction", "is sent with statuses; give some, or leave it out")
    if not ({"statuses", "faults", "latency"} & given.members.keys()):
        given.refuse((), "required", "expected statuses, faults or latency")
    if rate is None:
        return None
    if not choices:
        return rate, SingleOutcome(delay=delay, goes_on=True)
    return rate, WeightedOutcome(
        choices=tuple(choices), bounds=tuple(float(index + 1) for index in range(len(choices)))
    )
