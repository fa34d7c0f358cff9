"""Passwords, hashed with Argon2id (RFC 9106, second recommended option: 64 MiB, 3 passes).

A hash takes a tenth of a second of a core and 64 MiB, so two are made at a time, in threads, and
only so many may wait; beyond that the door says so instead of falling behind.
"""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from chassis.problems import CHINESE, ENGLISH, Unavailable

T = TypeVar("T")
SHORTEST = 8
LONGEST = 200
_AT_ONCE = 2


class Passwords:
    """Makes and checks hashes beside the event loop. A part: `stop` ends its threads."""

    role = "api"

    def __init__(self, *, waiting: int, cost: Parameters = RFC_9106_LOW_MEMORY) -> None:
        self._hasher = PasswordHasher.from_parameters(cost)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="argon2")
        self._waiting = 0
        self._most_waiting = waiting
        self._nobody = ""

    async def start(self) -> None:
        """A hash of what nobody knows: an unknown name takes as long as a wrong password."""
        self._nobody = await self.hashed(secrets.token_urlsafe())

    async def stop(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def ready(self) -> bool:
        return bool(self._nobody)

    async def hashed(self, password: str) -> str:
        return await self._beside(lambda: self._hasher.hash(password))

    async def fits(self, password: str, hashed: str | None) -> bool:
        """Whether it is the password; of nobody (None) it never is, and that takes as long.

        Raises:
            Unavailable: too many wait already.
        """
        if self._waiting >= self._most_waiting:
            raise Unavailable(
                {CHINESE: "登录请求过多", ENGLISH: "too many sign-ins are waiting"}, retry_after=2
            )

        def check() -> bool:
            try:
                return self._hasher.verify(hashed or self._nobody, password) and hashed is not None
            except (VerificationError, InvalidHashError):
                return False

        return await self._beside(check)

    async def _beside(self, work: Callable[[], T]) -> T:
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
