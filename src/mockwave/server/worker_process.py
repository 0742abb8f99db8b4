"""The code that runs in a worker process before and around the engine's own worker.

A worker gets only plain data, so that it starts alike by fork and by spawn: Settings as JSON, the application as
"module:function". It must not outlive its parent. Everything durable is in the ring by then, so SIGKILL is enough.
"""

import gc
import importlib
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from granian.asgi import LifespanProtocol
from granian.server import mp
from msgspec import Struct

from mockwave.data_folder import DataFolder
from mockwave.processes.parent_death import die_with
from mockwave.server.listeners import bind_listener, with_own_listener
from mockwave.server.locks import share_workers_lock
from mockwave.server.log_lines import configure_log_lines
from mockwave.server.presence import mark_ready
from mockwave.settings import Settings

COLLECTOR_THRESHOLDS = (2_000, 500, 100)
"""The thresholds of Python's cycle collector. With ten thousand requests waiting, a full collection takes tens of
milliseconds, and by default it comes every few hundred requests. Plain requests leave no cycles to find. The collection
of new objects, which comes most often, looks at so few that it takes less than half a millisecond."""

SWITCH_S = {"uvloop": 0.0002, "granian": 0.001}
"""By engine: how long a thread keeps the interpreter after another asks for it. Threads do what would hold up the event
loop, and by Python's default of 5 ms a request would wait that long for each of them. granian's own threads ask for the
interpreter with each request: less than a millisecond costs a plain hit there 5 % of CPU."""

SUPERVISED_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
"""The signals that the parent handles. They stay blocked in a new worker until it has dropped those handlers."""


class WorkerPlan(Struct, frozen=True, kw_only=True):
    """What a worker needs to know. `inherited_files` are the parent's descriptors, to be closed after a fork."""

    settings: Settings
    application: str
    parent_pid: int
    ip: str
    backlog: int
    inherited_files: tuple[int, ...] = ()


def run_worker(plan: bytes, worker_id: int, *arguments: Any) -> None:
    """The worker process' main function: the engine's, with the preparation in the rest of this file.

    `arguments` are those of granian's own main functions.
    """
    decoded = msgspec.json.decode(plan, type=WorkerPlan)
    _forget_parent(decoded)
    die_with(decoded.parent_pid)
    folder = DataFolder(decoded.settings.data_dir)
    share_workers_lock(folder)
    report_ready = partial(mark_ready, folder, worker_id)
    if decoded.settings.engine == "uvloop":
        _serve_http1(decoded, report_ready)
    else:
        # granian has no hook between an application's start-up and the first request; it looks this name up in between.
        setattr(mp, "LifespanProtocol", _lifespan_that_reports(report_ready))  # noqa: B010
        arguments = with_own_listener(arguments, decoded.settings.answer_timeout_s)
        mp.MPServer._spawn_asgi_lifespan_worker(worker_id, *arguments)


def _serve_http1(plan: WorkerPlan, report_ready: Callable[[], None]) -> None:
    # Imported here, because only this engine needs uvloop and llhttp.
    from mockwave.engines.http1.serving import serve

    def report() -> None:
        _calm("uvloop")
        report_ready()

    configure_log_lines()
    listener = bind_listener(plan.ip, plan.settings.port, plan.settings.answer_timeout_s)
    serve(plan.settings, listener, plan.backlog, report)


def load_application(plan: bytes) -> Any:
    """Makes the ASGI application, in the worker."""
    decoded = msgspec.json.decode(plan, type=WorkerPlan)
    module, _, function = decoded.application.partition(":")
    return getattr(importlib.import_module(module), function)(decoded.settings)


def _forget_parent(plan: WorkerPlan) -> None:
    """Drops the parent's descriptors and signal handlers, and leaves its group: Ctrl-C is for the parent alone."""
    os.setpgid(0, 0)
    for descriptor in plan.inherited_files:
        os.close(descriptor)
    signal.set_wakeup_fd(-1)
    for number in SUPERVISED_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    # A terminal that closes is also for the parent alone.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SUPERVISED_SIGNALS)


def _calm(engine: str) -> None:
    """Sees to it that neither the collector nor a thread holds up the event loop for long. What was made at start-up is
    hidden from the collector."""
    sys.setswitchinterval(SWITCH_S[engine])
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def _lifespan_that_reports(report: Callable[[], None]) -> type[LifespanProtocol]:
    class ReportingLifespan(LifespanProtocol):
        """granian 2.8 goes on serving if start-up raises; here that is a failed start. A good start is reported."""

        async def startup(self) -> None:
            await super().startup()  # type: ignore[no-untyped-call]
            self.interrupt = self.interrupt or self.errored
            if not self.interrupt:
                _calm("granian")
                report()

    return ReportingLifespan
