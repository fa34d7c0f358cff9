"""The client of a chaos round: asks until it is answered, and writes down every answer.

Its record is one of the witnesses that the checker hears; it knows nothing of the service's inside.
"""

import asyncio
import itertools
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

import aiohttp


@dataclass
class Asked:
    """One operation and what became of it. `entries` are (account, amount)."""

    operation: str
    path: str
    body: dict[str, Any]
    entries: list[tuple[str, int]]
    answers: list[tuple[int, str | None, str]] = field(default_factory=list)
    attempts: int = 0

    @property
    def is_answered(self) -> bool:
        return any(status < 500 for status, _, _ in self.answers)


class Client:
    """Many callers at once, each with one operation in flight."""

    def __init__(self, address: str, headers: dict[str, str], *, accounts: int = 12) -> None:
        self._address = address
        self._headers = headers
        self._accounts = [f"a{n}" for n in range(accounts)]
        self._random = random.Random(7)
        self.record: list[Asked] = []

    async def run(self, operations: int | None, *, in_flight: int, until: float) -> None:
        """Ask `operations` times (None: as often as goes), and give up at `until` (loop time)."""
        left = itertools.count() if operations is None else iter(range(operations))
        timeout = aiohttp.ClientTimeout(total=10)
        connector = aiohttp.TCPConnector(limit=in_flight)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:

            async def caller() -> None:
                for _ in left:
                    if asyncio.get_running_loop().time() > until:
                        return
                    asked = self._invent()
                    self.record.append(asked)
                    await self._ask(session, asked, until)
                    if self._random.random() < 0.1:  # a client that did not hear the answer
                        await self._try(session, asked)

            await asyncio.gather(*(caller() for _ in range(in_flight)))

    async def ask_again(self, *, until: float) -> None:
        """Everything that was never answered, once more, until it is."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            open_ones = [asked for asked in self.record if not asked.is_answered]
            await asyncio.gather(*(self._ask(session, asked, until) for asked in open_ones))

    def _invent(self) -> Asked:
        operation = uuid.uuid4().hex
        amount = self._random.randrange(1, 100)
        payer, payee = self._random.sample(self._accounts, 2)
        if self._random.random() < 0.7:
            body = {"operation": operation, "amount": amount}
            return Asked(operation, f"/accounts/{payee}/deposits", body, [(payee, amount)])
        body = {"operation": operation, "payer": payer, "payee": payee, "amount": amount}
        return Asked(operation, "/transfers", body, [(payer, -amount), (payee, amount)])

    async def _ask(self, session: aiohttp.ClientSession, asked: Asked, until: float) -> None:
        while not asked.is_answered and asyncio.get_running_loop().time() < until:
            await self._try(session, asked)
            if not asked.is_answered:
                await asyncio.sleep(0.05)

    async def _try(self, session: aiohttp.ClientSession, asked: Asked) -> None:
        asked.attempts += 1
        headers = self._headers | {"Idempotency-Key": asked.operation}
        try:
            async with session.post(
                self._address + asked.path, json=asked.body, headers=headers
            ) as answer:
                text = await answer.text()
                position = answer.headers.get("Tianlong-Position")
                asked.answers.append((answer.status, position, text))
        except (aiohttp.ClientError, TimeoutError, OSError):
            return  # unknown: it may have happened or not
