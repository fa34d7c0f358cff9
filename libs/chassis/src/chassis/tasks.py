"""Ending tasks. One cancellation can be lost; a task that missed it would run, and be waited for,
for ever.

`asyncio.wait_for` of Python 3.11 answers with its result when that and a cancellation come at the
same time, and the driver waits so for every message.
"""

import asyncio
from typing import Any

_AGAIN_AFTER_SECONDS = 0.2


async def ended(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel these tasks until they have ended; how each ended does not matter any more."""
    left = {task for task in tasks if task is not None}
    while left:
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=_AGAIN_AFTER_SECONDS)
        for task in done:
            if not task.cancelled():
                task.exception()
