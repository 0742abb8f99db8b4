"""/healthz, /readyz and /metrics: what supervisors and Prometheus ask. Any worker answers for all.

/healthz answers as long as the process does. /readyz answers 200 while this worker serves the Store's content and
everything it relies on works (readiness.py), else 503 with the reasons. Metrics come from the control block and the
rings, so each worker returns the sums over all (Prometheus text format 0.0.4).
"""

from mockwave._responder import Reply
from mockwave.mocks.replies import without_body
from mockwave.model import FAULT_NAMES
from mockwave.monitoring.readiness import describe_unreadiness, find_reasons
from mockwave.monitoring.watched import Watched
from mockwave.problems import PROBLEM_MEDIA_TYPE, Refusal

MONITORING_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

TEXT = ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"))
METRICS_TEXT = ((b"content-type", b"text/plain; version=0.0.4; charset=utf-8"), (b"cache-control", b"no-store"))
PROBLEM = ((b"content-type", PROBLEM_MEDIA_TYPE), (b"cache-control", b"no-store"))

# The counters of each worker in the control block: name, help, and the field of its WorkerCounts.
COUNTED_BY_WORKERS = (
    ("mockwave_mock_requests_total", "Requests to mocks.", "requests"),
    ("mockwave_unmatched_requests_total", "Those no route answered.", "unmatched"),
    ("mockwave_ruled_requests_total", "Those a rule answered.", "ruled"),
    ("mockwave_unreadable_requests_total", "Those refused before their mock was known.", "unreadable"),
    ("mockwave_management_requests_total", "Management calls.", "management_requests"),
    ("mockwave_log_entries_stored_total", "Log entries stored.", "drained"),
)

ALLOW = ((b"allow", b"GET, HEAD, OPTIONS"),)


async def answer_monitoring(method: str, path: str, watched: Watched) -> Reply:
    """Answers the request. Raises Refusal for a method that does not only read."""
    if method == "OPTIONS":
        return Reply(204, ALLOW, b"")
    if method not in ("GET", "HEAD"):
        raise Refusal(405, "method-not-allowed", f"{path} is for GET, not for {method}", headers=ALLOW)
    reply = await report(path, watched)
    return without_body(reply) if method == "HEAD" else reply


async def report(path: str, watched: Watched) -> Reply:
    if path == "/metrics":
        return Reply(200, METRICS_TEXT, render_metrics(watched).encode())
    if path == "/readyz":
        reasons = await find_reasons(watched)
        if reasons:
            return Reply(503, PROBLEM, describe_unreadiness(reasons))
    return Reply(200, TEXT, b"ok\n")


def render_metrics(watched: Watched) -> str:
    control, counts, rings = watched.control, watched.control.counters(), watched.drainer.rings()
    states = watched.states.counts()
    dropped = sum(ring.dropped for ring in rings.values())
    cut = sum(ring.truncated for ring in rings.values())
    rows: list[tuple[str, str, str, int | float]] = [
        *(
            (name, "counter", text, sum(getattr(each, field) for each in counts))
            for name, text, field in COUNTED_BY_WORKERS
        ),
        ("mockwave_log_entries_dropped_total", "counter", "Left out of the log.", dropped),
        ("mockwave_log_entries_cut_total", "counter", "Stored, but cut short.", cut),
        ("mockwave_workers_killed_stuck_total", "counter", "Workers that hung.", control.stuck_workers),
        ("mockwave_requests_refused_total", "counter", "Refused since a worker hung.", control.refused_requests),
        ("mockwave_rings_damaged_total", "counter", "Rings found damaged.", control.damaged_rings),
        ("mockwave_rule_state_entries", "gauge", "Counters and scenarios that are kept.", states.used),
        ("mockwave_rule_state_evictions_total", "counter", "Those that gave way in a full table.", states.evictions),
        ("mockwave_generation", "gauge", "Management writes so far, and one.", control.generation),
    ]
    lines = []
    for name, kind, text, value in rows:
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}", f"{name} {value}"]
    name = "mockwave_faults_total"
    lines += [f"# HELP {name} Answers that a rule spoilt.", f"# TYPE {name} counter"]
    lines += [
        f'{name}{{fault="{fault}"}} {sum(each.faults[number] for each in counts)}'
        for number, fault in enumerate(FAULT_NAMES, 1)
    ]
    name = "mockwave_ring_fill_ratio"
    lines += [f"# HELP {name} Share of a worker's ring that waits to be stored.", f"# TYPE {name} gauge"]
    lines += [f'{name}{{slot="{slot}"}} {ring.fill:.4f}' for slot, ring in rings.items()]
    return "\n".join(lines) + "\n"
