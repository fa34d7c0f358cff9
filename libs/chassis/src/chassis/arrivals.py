"""Waiting for what was written elsewhere: one look for all who wait, however many they are.

If each waiter looked for itself whenever something moved, the looking would grow with the square
of the load, and soon be all that a process does.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from chassis.problems import CHINESE, ENGLISH, Unavailable

_POLL_SECONDS = 0.05
_HELD_RETRY_SECONDS = 30


class Seen(NamedTuple):
    """How far an aggregate has taken effect; events kept back: single ones, and all from one on."""

    sequence: int
    held: frozenset[int] = frozenset()
    held_from: int | None = None

    def holds(self, sequence: int) -> bool:
        return sequence in self.held or (self.held_from is not None and sequence >= self.held_from)


Look = Callable[[list[str]], Awaitable[Mapping[str, Seen]]]
"""`<type>:<id>` of those that are waited for → what is seen of those that are known at all."""


class _Waiter(NamedTuple):
    reference: str
    sequence: int
    done: "asyncio.Future[None]"


class Arrivals:
    """Who waits for which position. `arrived` is told what moved in this process; what another
    process moved is found by looking, every 50 ms while anybody waits."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._waiters: dict[str, list[_Waiter]] = {}
        self._moved = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    def moved(self) -> None:
        """Something has become durable: look again."""
        self._moved.set()

    def arrived(self, seen: Mapping[str, Seen]) -> None:
        """This much has taken effect."""
        for reference in self._waiters.keys() & seen.keys():
            self._tell(reference, seen[reference])

    async def wait_for(self, positions: Mapping[str, int], seconds: float) -> None:
        """Return once every position, `<type>:<id>` → sequence, has taken effect.

        Raises:
            Unavailable: not within `seconds`, or (at once) one of them is held.
        """
        if not positions:
            return
        loop = asyncio.get_running_loop()
        waiters = [_Waiter(name, seq, loop.create_future()) for name, seq in positions.items()]
        for waiter in waiters:
            self._waiters.setdefault(waiter.reference, []).append(waiter)
        self._moved.set()
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_while_waited_for(), name="arrivals")
        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(waiter.done for waiter in waiters))
        except TimeoutError:
            raise Unavailable(_NOT_YET) from None
        finally:
            for waiter in waiters:
                self._forget(waiter)

    def _forget(self, waiter: _Waiter) -> None:
        waiter.done.cancel()
        others = self._waiters.get(waiter.reference, [])
        if waiter in others:
            others.remove(waiter)
        if not others:
            self._waiters.pop(waiter.reference, None)

    async def _look_while_waited_for(self) -> None:
        try:
            while self._waiters:
                self._moved.clear()
                try:
                    self.arrived(await self._look(list(self._waiters)))
                except Exception as trouble:
                    self._fail(trouble)
                if self._waiters:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._moved.wait(), _POLL_SECONDS)
        finally:
            self._looking = None

    def _tell(self, reference: str, seen: Seen) -> None:
        for waiter in self._waiters[reference]:
            if waiter.done.done():
                continue
            if seen.sequence >= waiter.sequence:
                waiter.done.set_result(None)
            elif seen.holds(waiter.sequence):
                held = Unavailable(_HELD, retry_after=_HELD_RETRY_SECONDS)
                waiter.done.set_exception(held)

    def _fail(self, trouble: Exception) -> None:
        for waiters in self._waiters.values():
            for waiter in waiters:
                if not waiter.done.done():
                    waiter.done.set_exception(trouble)


_NOT_YET = {CHINESE: "尚未同步到此处", ENGLISH: "that write has not arrived here yet"}
_HELD = {
    CHINESE: "该事件已被搁置，等待处理",
    ENGLISH: "that event is held here until somebody looks after it",
}
