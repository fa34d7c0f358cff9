"""How the processes of a run are, asked from the system and from their own health and metrics."""

import asyncio
from dataclasses import dataclass

import aiohttp
import psutil
from prometheus_client.parser import text_string_to_metric_families

from tianlong import kafka, mongodb
from tianlong.folder import DataFolder
from tianlong.parts import BACKENDS, GATEWAY, PROCESSES
from tianlong.processes import Identity

_LAG, _PENDING, _HELD = (
    "tianlong_consumer_lag",
    "tianlong_events_pending",
    "tianlong_held_messages",
)


@dataclass(frozen=True)
class PartStatus:
    """One process; counts are None where it has no such thing or does not answer."""

    name: str
    pid: int | None = None
    memory_bytes: int | None = None
    ready: bool = False
    restarts: int = 0
    consumer_lag: int | None = None
    pending_events: int | None = None
    dead_letters: int | None = None


async def statuses(folder: DataFolder) -> list[PartStatus]:
    """All seven, in the order in which they are started."""
    state, ports = folder.state(), folder.kept_ports()
    ports[GATEWAY] = state.gateway_port
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session:
        services = await asyncio.gather(
            *(
                _process(session, folder, name, ports.get(name, 0), state.restarts.get(name, 0))
                for name in PROCESSES
            )
        )
    backends = [_backend(folder, name, state.restarts.get(name, 0)) for name in BACKENDS]
    return [*backends, *services]


def _backend(folder: DataFolder, name: str, restarts: int) -> PartStatus:
    identity = Identity.load(folder.process_file(name))
    if identity is None or not identity.is_alive:
        return PartStatus(name, restarts=restarts)
    port = folder.backend_port(name)
    answers = mongodb.is_primary if name == "mongodb" else kafka.serves
    return PartStatus(
        name, identity.pid, _memory(identity), port is not None and answers(port), restarts
    )


async def _process(
    session: aiohttp.ClientSession, folder: DataFolder, name: str, port: int, restarts: int
) -> PartStatus:
    identity = Identity.load(folder.process_file(name))
    if identity is None or not identity.is_alive:
        return PartStatus(name, restarts=restarts)
    ready, metrics = False, ""
    try:
        async with session.get(f"http://127.0.0.1:{port}/health/ready") as answer:
            ready = answer.status == 200
        async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            metrics = await answer.text() if answer.status == 200 else ""
    except (aiohttp.ClientError, TimeoutError):
        pass
    sums = gauges(metrics)
    return PartStatus(
        name,
        identity.pid,
        _memory(identity),
        ready,
        restarts,
        consumer_lag=sums.get(_LAG),
        pending_events=sums.get(_PENDING),
        dead_letters=sums.get(_HELD),
    )


def gauges(metrics: str) -> dict[str, int]:
    """The sum over all labels of each gauge that `status` shows."""
    return {
        family.name: int(sum(sample.value for sample in family.samples))
        for family in text_string_to_metric_families(metrics)
        if family.name in {_LAG, _PENDING, _HELD}
    }


def _memory(identity: Identity) -> int | None:
    process = identity.process()
    try:
        return int(process.memory_info().rss) if process else None
    except psutil.NoSuchProcess:
        return None
