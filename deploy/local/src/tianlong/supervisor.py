"""Starts the whole system on one data folder, brings back what dies, and stops it in order.

The processes are in sessions of their own: Ctrl-C reaches only the supervisor, and a supervisor
that is killed leaves them running. The next one finds them by their records and ends them first.
"""

import asyncio
import contextlib
import functools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import aiohttp

from tianlong import backends, parts
from tianlong.errors import PartDidNotStart
from tianlong.folder import DataFolder, RunState
from tianlong.parts import BACKENDS, GATEWAY, PROCESSES, SERVICES, Addresses
from tianlong.prerequisites import check_disk, check_mongodb, check_port
from tianlong.processes import Identity, last_words, spawn

_LOG_LIMIT_BYTES = 10_000_000
_HEALTHY_AFTER_SECONDS = 60
_STEPS_KEPT = 500
_TRIES_WHILE_STARTING = 3

Tell = Callable[[str], None]
Command = Callable[[str], list[str]]


class BackOff:
    """How long to wait before the next restart: doubles up to half a minute, forgets in health."""

    def __init__(self) -> None:
        self.restarts = 0
        self._in_a_row = 0

    def next_seconds(self, ran_for_seconds: float) -> float:
        if ran_for_seconds >= _HEALTHY_AFTER_SECONDS:
            self._in_a_row = 0
        wait = float(min(0.25 * 2**self._in_a_row, 30))
        self._in_a_row += 1
        self.restarts += 1
        return wait


class ServiceProcess:
    """One of the five, as a child of the supervisor."""

    def __init__(self, name: str, folder: DataFolder, command: list[str]) -> None:
        self.name = name
        self.back_off = BackOff()
        self._folder = folder
        self._command = command
        self._child: subprocess.Popen[bytes] | None = None
        self._identity: Identity | None = None
        self._started_at = 0.0

    def start(self, environment: Mapping[str, str]) -> None:
        self._child = spawn(self._command, log=self._folder.log(self.name), env=environment)
        self._identity = Identity.of(self._child.pid)
        self._identity.save(self._folder.process_file(self.name))
        self._started_at = time.monotonic()

    @property
    def has_died(self) -> bool:
        return self._child is not None and self._child.poll() is not None

    @property
    def ran_for_seconds(self) -> float:
        return time.monotonic() - self._started_at

    def stop(self, patience: float) -> None:
        if self._identity is not None and self._child is not None:
            self._identity.stop(patience)
            self._child.wait()


class Supervisor:
    """One run. `run` returns when it was asked to stop and everything has."""

    def __init__(
        self,
        folder: DataFolder,
        *,
        port: int,
        tell: Tell,
        admin_password: str,
        command: Command = parts.command,
        environment: Mapping[str, str] | None = None,
        start_patience: float = 90,
    ) -> None:
        self._folder = folder
        self._port = port
        self._say = tell
        self._admin_password = admin_password
        self._environment = os.environ if environment is None else environment
        self._start_patience = start_patience
        self._state = RunState(address=f"http://127.0.0.1:{port}")
        self._backends: dict[str, backends.Backend] = {}
        self._processes = {name: ServiceProcess(name, folder, command(name)) for name in PROCESSES}
        self._addresses: Addresses | None = None
        self._asked_to_stop = asyncio.Event()

    async def run(self, when_ready: Callable[[], "asyncio.Future[None]"] | None = None) -> None:
        """Start everything, watch it until asked to stop, stop everything.

        `when_ready` is called once, beside the watching. Raises RuntimeProblem if the start fails.
        """
        loop = asyncio.get_running_loop()
        for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(sent, self._asked_to_stop.set)
        try:
            await self._start_unless_stopped()
            if not self._asked_to_stop.is_set():
                self._enter("ready")
                await self._watch(when_ready)
        except Exception as problem:
            self._state.problem = str(problem)
            raise
        finally:
            await self._stop()

    async def _start_unless_stopped(self) -> None:
        """Start; Ctrl-C in the middle of it ends the wait, not the program."""
        starting = asyncio.ensure_future(self._start())
        stopping = asyncio.ensure_future(self._asked_to_stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if starting.done():
            await starting
            return
        # A backend that is being started by a thread must be known before it can be stopped.
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await starting

    async def _start(self) -> None:
        self._enter("starting")
        await asyncio.to_thread(end_leftovers, self._folder, self._tell)
        check_port(self._port)
        check_disk(self._folder.path)
        await asyncio.gather(self._start_mongodb(), self._start_kafka())
        self._addresses = Addresses(
            mongodb=self._state.mongodb,
            kafka=self._state.kafka,
            ports={**self._folder.ports(SERVICES), GATEWAY: self._port},
        )
        self._tell("Starting the five processes")
        for name in PROCESSES:
            self._start_process(name)
        await asyncio.gather(*(self._until_ready(name) for name in PROCESSES))

    async def _start_mongodb(self) -> None:
        given = self._environment.get("TIANLONG_MONGODB_URI")
        if given is None:
            self._tell("Starting MongoDB")
            await asyncio.to_thread(check_mongodb)
        self._state.mongodb = given or await self._start_backend("mongodb", backends.start_mongodb)

    async def _start_kafka(self) -> None:
        given = self._environment.get("TIANLONG_KAFKA_BOOTSTRAP")
        if given is None:
            self._tell("Starting Kafka")
        self._state.kafka = given or await self._start_backend("kafka", backends.start_kafka)

    async def _start_backend(self, name: str, start: Callable[..., backends.Backend]) -> str:
        def start_and_note() -> str:
            # Noted by the thread itself: it goes on when the wait for it is cancelled.
            backend = start(self._folder.part(name), bound=False)
            self._backends[name] = backend
            return backend.address

        thread = asyncio.ensure_future(asyncio.to_thread(start_and_note))
        try:
            address = await asyncio.shield(thread)
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):
                await thread
            raise
        self._tell(f"{self._backends[name].name} is ready")
        return address

    def _start_process(self, name: str) -> None:
        assert self._addresses is not None
        environment = parts.environment(
            name, self._addresses, self._admin_password, self._environment
        )
        if name == "customers":
            # Erasures are noted outside the database, so that no restore brings anybody back.
            journal = str(self._folder.path / "erasures.journal")
            environment.setdefault("TIANLONG_ERASURE_JOURNAL", journal)
        self._processes[name].start(environment)

    async def _until_ready(self, name: str) -> None:
        """Wait for one process; start it again if it ends, but not for ever."""
        process = self._processes[name]
        deadline = time.monotonic() + self._start_patience
        async with aiohttp.ClientSession() as session:
            while not await self._is_ready(session, name):
                if process.has_died:
                    if process.back_off.restarts >= _TRIES_WHILE_STARTING - 1:
                        raise PartDidNotStart(self._sentence(name, "ended while starting"))
                    await asyncio.sleep(process.back_off.next_seconds(process.ran_for_seconds))
                    self._start_process(name)
                elif time.monotonic() > deadline:
                    raise PartDidNotStart(
                        self._sentence(name, f"was not ready after {self._start_patience:.0f} s")
                    )
                await asyncio.sleep(0.1)
        self._tell(f"{name} is ready")

    async def _is_ready(self, session: aiohttp.ClientSession, name: str) -> bool:
        assert self._addresses is not None
        try:
            async with session.get(
                f"{self._addresses.of(name)}/health/ready",
                timeout=aiohttp.ClientTimeout(total=2),
            ) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _sentence(self, name: str, what: str) -> str:
        log = self._folder.log(name)
        return f"{name} {what}; its log is {log}. Its last words:\n{last_words(log.parent)}"

    async def _watch(self, when_ready: Callable[[], "asyncio.Future[None]"] | None) -> None:
        watchers = [asyncio.ensure_future(self._keep_alive(name)) for name in PROCESSES]
        watchers += [asyncio.ensure_future(self._keep_backend(name)) for name in self._backends]
        watchers.append(asyncio.ensure_future(self._keep_logs_small()))
        stopping = asyncio.ensure_future(self._asked_to_stop.wait())
        beside = when_ready() if when_ready is not None else None
        try:
            waited_for = {stopping, *watchers} | ({beside} if beside else set())
            while not stopping.done():
                done, waited_for = await asyncio.wait(
                    waited_for, return_when=asyncio.FIRST_COMPLETED
                )
                for finished in done - {stopping}:
                    finished.result()
        finally:
            await _cancelled(*watchers, stopping, *([beside] if beside else []))

    async def _keep_alive(self, name: str) -> None:
        process = self._processes[name]
        while True:
            await asyncio.sleep(0.2)
            if process.has_died:
                wait = process.back_off.next_seconds(process.ran_for_seconds)
                self._note_restart(name, process.back_off.restarts, wait)
                await asyncio.sleep(wait)
                self._start_process(name)

    async def _keep_backend(self, name: str) -> None:
        backend, back_off, started_at = self._backends[name], BackOff(), time.monotonic()
        while True:
            await asyncio.sleep(0.2)
            if not backend.is_alive:
                wait = back_off.next_seconds(time.monotonic() - started_at)
                self._note_restart(name, back_off.restarts, wait)
                await asyncio.sleep(wait)
                started_at, before = time.monotonic(), backend.address
                try:
                    await asyncio.shield(asyncio.to_thread(backend.restart))
                except PartDidNotStart as problem:
                    self._tell(str(problem))
                    continue
                if backend.address != before:
                    await self._tell_new_address(name, backend.address)

    async def _tell_new_address(self, name: str, address: str) -> None:
        """Its port was taken while it was down: who talks to it must be started anew."""
        assert self._addresses is not None
        mongodb = address if name == "mongodb" else self._addresses.mongodb
        kafka = address if name == "kafka" else self._addresses.kafka
        self._addresses = Addresses(mongodb, kafka, self._addresses.ports)
        self._state.mongodb, self._state.kafka = mongodb, kafka
        await asyncio.to_thread(self._stop_processes)
        for process in PROCESSES:
            self._start_process(process)

    def _note_restart(self, name: str, count: int, wait: float) -> None:
        self._state.restarts[name] = count
        self._tell(f"{name} ended; starting it again in {wait:g} s")

    async def _keep_logs_small(self) -> None:
        while True:
            for name in (*PROCESSES, *BACKENDS):
                await asyncio.to_thread(rotate, self._folder.log(name))
            await asyncio.sleep(10)

    async def _stop(self) -> None:
        self._enter("stopping")
        await asyncio.to_thread(self._stop_processes)
        for name in ("kafka", "mongodb"):
            if name in self._backends:
                await asyncio.to_thread(self._backends[name].stop)
        self._enter("failed" if self._state.problem else "stopped")

    def _stop_processes(self) -> None:
        """The door first, so that nobody is let in while the rest drains."""
        self._processes[GATEWAY].stop(15)
        stop_together([self._processes[name].stop for name in SERVICES])

    def _tell(self, step: str) -> None:
        self._state.steps = [*self._state.steps, step][-_STEPS_KEPT:]
        self._folder.keep_state(self._state)
        self._say(step)

    def _enter(self, phase: str) -> None:
        self._state = RunState(**{**vars(self._state), "phase": phase})
        self._folder.keep_state(self._state)


def end_leftovers(folder: DataFolder, tell: Tell) -> None:
    """End what a killed supervisor left behind on this folder, known by pid and start time."""
    left = {
        name: identity
        for name in (GATEWAY, *SERVICES, "kafka", "mongodb")
        if (identity := Identity.load(folder.process_file(name))) and identity.is_alive
    }
    if left:
        tell(f"Ending what an earlier run left behind: {', '.join(left)}")
        stop_together([identity.stop for name, identity in left.items() if name in PROCESSES])
        for name in BACKENDS:
            if name in left:
                left[name].stop(20)


def stop_together(stops: list[Callable[[float], object]], patience: float = 15) -> None:
    """Ask all of them at once, so that the patience counts once."""
    with ThreadPoolExecutor(max_workers=max(1, len(stops))) as pool:
        for done in [pool.submit(functools.partial(stop, patience)) for stop in stops]:
            done.result()


def rotate(log: Path, limit: int = _LOG_LIMIT_BYTES) -> bool:
    """Set a log that has grown past the limit aside, and let its writer go on in an empty file.

    The writer holds the file open for appending, so it is copied and emptied, not renamed.
    """
    try:
        if log.stat().st_size <= limit:
            return False
        older = log.with_name(log.name + ".1")
        older.write_bytes(log.read_bytes())
        os.truncate(log, 0)
    except FileNotFoundError:
        return False
    return True


async def _cancelled(*tasks: "asyncio.Future[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
