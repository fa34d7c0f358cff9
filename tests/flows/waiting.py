"""Waiting for what happens by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(check: Callable[[], Awaitable[T | None]], seconds: float = 30) -> T:
    """What `check` returns, once that is something."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (found := await check()):
        assert asyncio.get_running_loop().time() < deadline, f"not within {seconds} s: {found!r}"
        await asyncio.sleep(0.02)
    return found
