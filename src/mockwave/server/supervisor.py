"""The parent of the workers: starts them, replaces those that die, stops them.

This is granian's MPServer, with our rules for the life of workers instead of its own (granian 2.8, server/common.py).
`worker_slots.py` has those for deaths; granian ends the server on a second death within 5.5 s. SIGTERM and SIGINT
drain: no new connections, and requests in flight get their answers, for at most DRAIN_S; a second signal kills at once.
A reload by SIGHUP would lose requests, and there is nothing to reload, so it is refused; but a terminal that closes
stops its server.

All of this happens in the main thread, which sleeps in poll(2) on a pipe. Signals are written to it, those of dying
children too (signal.set_wakeup_fd); `stop` also writes to it. No thread watches a worker, so none can hold a lock while
another worker is forked; and no signal handler takes a lock, as granian's do. Each second it kills workers that are
stuck (watchdog.py); from then on that is a death like any other.
"""

import contextlib
import logging
import multiprocessing
import os
import select
import signal
import time
from collections.abc import Callable, Iterable
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import msgspec
from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes, SSLProtocols, TaskImpl
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from mockwave._control import ControlFault, create_control_block
from mockwave.data_folder import DataFolder
from mockwave.server.listen_addresses import Address
from mockwave.server.log_lines import LOG_CONFIGURATION
from mockwave.server.presence import has_come_up
from mockwave.server.watchdog import Watchdog
from mockwave.server.worker_process import SUPERVISED_SIGNALS, WorkerPlan, load_application, run_worker
from mockwave.server.worker_slots import Slot, Verdict, describe_exit
from mockwave.settings import Settings

LISTEN_BACKLOG = 16_384
"""Connections waiting to be accepted, per worker; the kernel cuts it to net.core.somaxconn."""

HEAD_LIMIT_BYTES = 131_072
"""Largest request head; granian's read buffer too, so a body comes in pieces of at most this size."""

HTTP2_PING_INTERVAL_MS = 30_000
HTTP2_PING_TIMEOUT_S = 20
"""A client of HTTP/2 that does not answer a ping in this time is gone. For HTTP/1, granian waits 30 s for a head."""

DRAIN_S = 10.0
QUIET_DRAIN_S = 1.0
"""If a drain takes longer, the user is told."""

SECOND_SIGNAL_AFTER_S = 0.3
"""A signal that follows sooner is the same one, sent to both process and group, as timeout(1) and npm do."""

KILLED_EXIT_CODE = 130

CRASHES = {-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT, -signal.SIGILL, -signal.SIGFPE}
"""Exit codes of workers that a fault in the code ended."""

KILLED_WITHIN_S = 5.0
"""How long all workers may take to end after SIGKILL."""

logger = logging.getLogger(__name__)


class Supervisor(MPServer):
    """Serves until it is told to stop; `exit_code` then says how it ended."""

    def __init__(
        self,
        settings: Settings,
        address: Address,
        application: str,
        inherited_files: Iterable[int],
        after_start: Callable[[], None],
    ) -> None:
        """`inherited_files`: the caller's descriptors that forked workers must close. `after_start` is called once."""
        tls = bool(settings.tls_certificate)
        super().__init__(
            "mockwave",
            address=address.ip,
            port=address.port,
            interface=Interfaces.ASGI,
            workers=settings.workers,
            loop=Loops.uvloop,
            http=HTTPModes.auto if settings.http2 else HTTPModes.http1,
            websockets=False,
            runtime_mode=RuntimeModes.st,
            runtime_threads=1,
            task_impl=TaskImpl.asyncio,
            backlog=LISTEN_BACKLOG,
            backpressure=settings.max_connections,
            http1_settings=HTTP1Settings(max_buffer_size=HEAD_LIMIT_BYTES),
            http2_settings=HTTP2Settings(
                keep_alive_interval=HTTP2_PING_INTERVAL_MS,
                keep_alive_timeout=HTTP2_PING_TIMEOUT_S,
                max_headers_size=HEAD_LIMIT_BYTES,
            ),
            log_level=LogLevels.error,
            log_dictconfig=LOG_CONFIGURATION,
            ssl_cert=Path(settings.tls_certificate) if tls else None,
            ssl_key=Path(settings.tls_key) if tls else None,
            ssl_protocol_min=SSLProtocols.tls12,
        )
        self.exit_code = 0
        self._stop_asked_s: float | None = None
        self._kill_asked = False
        self._hung_up = False
        self._after_start = after_start
        self._folder = DataFolder(settings.data_dir)
        self._watchdog = Watchdog(self._folder, settings.stuck_after_s)
        self._wake_receiver, self._wake_sender = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        is_forking = multiprocessing.get_start_method() == "fork"
        plan = WorkerPlan(
            settings=settings,
            application=application,
            parent_pid=os.getpid(),
            ip=address.ip,
            backlog=LISTEN_BACKLOG,
            inherited_files=(*inherited_files, self._wake_receiver, self._wake_sender) if is_forking else (),
        )
        self._plan = msgspec.json.encode(plan)
        self._slots = [Slot() for _ in range(settings.workers)]

    def run(self) -> None:
        """Serves; returns when all workers are gone."""
        self.serve(
            spawn_target=partial(run_worker, self._plan),
            target_loader=partial(load_application, self._plan),
            wrap_loader=False,
        )

    def stop(self, exit_code: int) -> None:
        """Stops the server as SIGTERM would; callable from any thread."""
        self.exit_code = exit_code
        self._stop_asked_s = time.monotonic()
        os.write(self._wake_sender, b"\0")

    @property
    def is_stopping(self) -> bool:
        return self._stop_asked_s is not None

    # granian's steps, in its order

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        hangup_handler = signal.getsignal(signal.SIGHUP)
        self._has_terminal = _has_terminal()
        signal.set_wakeup_fd(self._wake_sender, warn_on_full_buffer=False)
        # A signal without a handler is not written to the pipe.
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        super().startup(spawn_target, target_loader)  # type: ignore[no-untyped-call]
        if hangup_handler == signal.SIG_IGN:  # nohup(1)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def signal_handler_interrupt(self, *_: Any) -> None:
        now_s = time.monotonic()
        if self._stop_asked_s is None:
            self._stop_asked_s = now_s
        elif now_s - self._stop_asked_s >= SECOND_SIGNAL_AFTER_S:
            self._kill_asked = True

    def signal_handler_reload(self, *_: Any) -> None:
        self._hung_up = True

    def _spawn_workers(self, spawn_target: Any, target_loader: Any) -> None:
        for index in range(len(self._slots)):
            self._start_worker(index, spawn_target, target_loader)
        self._after_start()

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        while not self.is_stopping:
            for index in range(len(self._slots)):
                self._look_after(index, spawn_target, target_loader)
            if self._watchdog.due_s <= time.monotonic():
                self._kill_stuck()
            if self._hung_up:
                self._answer_hangup()
            if not self.is_stopping:
                starts_s = [slot.due_s for slot in self._slots if slot.process is None]
                self._sleep_until(min([self._watchdog.due_s, *starts_s]))

    def _stop_workers(self) -> None:
        living = [slot.process for slot in self._slots if slot.process is not None]
        self._watchdog.note_stopping()
        for process in living:
            process.terminate()
        start_s = time.monotonic()
        self._wait_for_ends(living, start_s + QUIET_DRAIN_S)
        if any(process.is_alive() for process in living) and not self._kill_asked:
            logger.warning("stopping: requests in flight have %d s to end (Ctrl-C again to stop at once)", DRAIN_S)
            self._wait_for_ends(living, start_s + DRAIN_S)
        if self._kill_asked:
            self.exit_code = KILLED_EXIT_CODE
        for process in living:
            process.kill()
            process.join()
        signal.set_wakeup_fd(-1)

    # The parts of these steps

    def _look_after(self, index: int, spawn_target: Any, target_loader: Any) -> None:
        """Takes a dead worker out of its slot, and starts one in an empty slot that is due."""
        slot = self._slots[index]
        process = slot.process
        if process is not None and process.pid is not None and process.exitcode is not None:
            came_up = has_come_up(self._folder, index + 1, process.pid)
            if process.exitcode in CRASHES:
                with contextlib.suppress(ControlFault, OSError):
                    self._watchdog.note_crash(process.pid)
            self._settle_death(index, f"worker {index + 1} (process {process.pid})", process.exitcode, came_up)
            process.close()
        if slot.process is None and slot.due_s <= time.monotonic() and not self.is_stopping:
            self._start_worker(index, spawn_target, target_loader)

    def _kill_stuck(self) -> None:
        """Kills workers that no longer beat. Their death is settled like any other."""
        living = {slot.process.pid: index for index, slot in enumerate(self._slots) if slot.process is not None}
        try:
            stuck = self._watchdog.look(pid for pid in living if pid is not None)
        except (ControlFault, OSError) as fault:
            self._replace_control_block(fault)
            return
        for worker in stuck:
            index = living[worker.process_id]
            logger.error(
                "worker %d (process %d) is stuck, its event loop has not run for %.0f s, and is killed: %s",
                index + 1,
                worker.process_id,
                worker.silent_s,
                worker.cause,
            )
            process = self._slots[index].process
            if process is not None:
                process.kill()

    def _replace_control_block(self, fault: Exception) -> None:
        """Makes a new control block. All workers end first: they would not share a generation with new ones."""
        logger.error("the control block is damaged, all workers are replaced: %s", fault)
        processes = [slot.process for slot in self._slots if slot.process is not None]
        for process in processes:
            process.kill()
        deadline_s = time.monotonic() + KILLED_WITHIN_S
        for process in processes:
            process.join(max(0.0, deadline_s - time.monotonic()))
        if any(process.is_alive() for process in processes):
            return  # the next look tries again
        try:
            self._folder.create()  # the file may be gone with its folder
            create_control_block(str(self._folder.control_block))
        except OSError as error:
            logger.error("the control block cannot be made anew: %s", error)

    def _start_worker(self, index: int, spawn_target: Any, target_loader: Any) -> None:
        # granian's own `start` would add a thread that waits for the process to end.
        process: BaseProcess = self._spawn_worker(index, spawn_target, target_loader).inner
        # Blocked until the worker has dropped our handlers: they would swallow a SIGTERM, and it would live on.
        signal.pthread_sigmask(signal.SIG_BLOCK, SUPERVISED_SIGNALS)
        try:
            process.start()
        except OSError as error:
            logger.error("worker %d could not be started: %s", index + 1, error.strerror)
            self._settle_death(index, f"worker {index + 1}", 1, came_up=False)
        else:
            self._slots[index].fill(process, time.monotonic())
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SUPERVISED_SIGNALS)

    def _settle_death(self, index: int, name: str, exit_code: int, came_up: bool) -> None:
        slot = self._slots[index]
        now_s = time.monotonic()
        verdict = slot.clear(exit_code=exit_code, came_up=came_up, now_s=now_s)
        if verdict is Verdict.GIVE_UP:
            logger.error("%s %s before it ever served; the server stops", name, describe_exit(exit_code))
            self.stop(1)
            return
        pause_s = slot.due_s - now_s
        start = f"in {pause_s:.1f} s" if pause_s > 0 else "now"
        logger.warning("%s %s; another one starts %s", name, describe_exit(exit_code), start)

    def _answer_hangup(self) -> None:
        self._hung_up = False
        if self._has_terminal and not _has_terminal():
            self._stop_asked_s = time.monotonic()
        else:
            logger.warning("SIGHUP changes nothing: stop the server and start it again to change its options")

    def _wait_for_ends(self, processes: list[BaseProcess], deadline_s: float) -> None:
        while any(process.is_alive() for process in processes) and not self._kill_asked:
            if time.monotonic() >= deadline_s:
                return
            self._sleep_until(deadline_s)

    def _sleep_until(self, deadline_s: float | None) -> None:
        """Sleeps until a signal, a child's death, `stop`, or the deadline (None: no deadline)."""
        poll = select.poll()
        poll.register(self._wake_receiver, select.POLLIN)
        # Rounded up: a sleep that ends early would spin.
        poll.poll(None if deadline_s is None else max(0, deadline_s - time.monotonic()) * 1000 + 1)
        try:
            while os.read(self._wake_receiver, 4096):
                pass
        except BlockingIOError:
            pass


def _has_terminal() -> bool:
    """Whether this process has a controlling terminal (tty(4))."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
