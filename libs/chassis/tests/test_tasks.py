"""Tasks end, also those that miss a cancellation."""

import asyncio

from chassis.tasks import ended


async def test_a_task_that_misses_cancellations_ends_all_the_same() -> None:
    missed = 0

    async def deaf() -> None:
        nonlocal missed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                missed += 1
                if missed == 3:
                    raise

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await ended(task)
    assert task.cancelled()
    assert missed == 3


async def test_how_a_task_ended_does_not_matter() -> None:
    async def failing() -> None:
        raise ValueError("x")

    async def done() -> None:
        return None

    tasks = [asyncio.create_task(failing()), asyncio.create_task(done())]
    await asyncio.wait(tasks)
    await ended(*tasks, None)
    await ended()
