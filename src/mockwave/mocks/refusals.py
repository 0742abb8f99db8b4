"""Refusals of checked requests: the document's response for that case, else a problem document.

Of the statuses that fit the fault, the first declared one answers, as itself, as its range or as `default`. The problem
document lists all faults. If the check of a request did not finish, it says why.
"""

from mockwave.answers.variants import Variant
from mockwave.problems import Refusal
from mockwave.validation.verdicts import Faults, Reason, Unchecked

# Statuses that fit a fault, by the best one; any of them is better than `default`.
REFUSING_STATUSES = {401: (401,), 415: (415, 422, 400), 422: (422, 400)}
REFUSALS = {
    401: ("unauthorized", "the request does not have the credentials that this operation requires"),
    415: ("unsupported-media-type", "this operation does not take a body of this media type"),
    422: ("invalid-request", "the request is not valid for this operation"),
}


def find_refusing_variant(variants: list[Variant], status: int) -> tuple[Variant, int] | None:
    """Returns the response for a request that is refused with `status`, and the status to send; None if there is
    none."""
    by_key = {variant.key.upper(): variant for variant in variants}
    for fitting in REFUSING_STATUSES[status]:
        for key in (str(fitting), f"{str(fitting)[0]}XX"):
            if key in by_key:
                return by_key[key], fitting
    return (by_key["DEFAULT"], status) if "DEFAULT" in by_key else None


UNCHECKED: dict[Reason, tuple[int, str]] = {
    "too-costly": (413, "request-too-costly"),
    "rules": (503, "rules-too-costly"),
    "busy": (503, "checks-busy"),
    "fault": (500, "internal-fault"),
}
RETRY_AFTER_S = 2


def refusal_of_unchecked(unchecked: Unchecked) -> Refusal:
    status, name = UNCHECKED[unchecked.reason]
    headers = [(b"retry-after", b"%d" % RETRY_AFTER_S)] if unchecked.reason == "busy" else []
    return Refusal(status, name, unchecked.detail, headers=headers)


def refusal_of(faults: Faults) -> Refusal:
    name, reason = REFUSALS[faults.status]
    first = faults.violations[0]
    more = "" if len(faults.violations) == 1 else f" (and {len(faults.violations) - 1} more)"
    challenge = ",".join(faults.challenges).encode("latin-1", "replace")
    return Refusal(
        faults.status,
        name,
        f"{reason}: {first.location}{first.pointer}: {first.message}{more}",
        faults.violations,
        [(b"www-authenticate", challenge)] if challenge else [],
    )
