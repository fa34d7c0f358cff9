"""Lists read together say what each would say alone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from chassis.lists import MOST_TOGETHER, Asked, Lists, lists_of
from chassis.mongo import Database, connect, database
from pymongo.errors import PyMongoError

COLLECTIONS = ("orders", "payments", "empty")


@pytest.fixture
async def db(mongodb_uri: str, database_name: str) -> AsyncIterator[Database]:
    client = connect(mongodb_uri)
    made = database(client, database_name)
    for name in COLLECTIONS[:2]:
        await made[name].insert_many(
            [{"_id": f"{name}-{n:02}", "owner": n % 3, "rank": -n, "of": name} for n in range(30)]
        )
    yield made
    await client.close()


def every_list() -> list[Asked]:
    """More than go together: by owner, order, limit, fields and collection."""
    return [
        Asked(collection, {"owner": owner}, [(sort, direction)], limit, fields)
        for collection in COLLECTIONS
        for owner in range(4)
        for sort, direction in (("_id", -1), ("rank", 1))
        for fields, limit in (((), 5), (("rank", "missing"), 100))
    ]


async def test_each_list_has_its_own_order_limit_and_fields(db: Database) -> None:
    lists = every_list()
    assert len(lists) > 2 * MOST_TOGETHER
    together = await asyncio.gather(*(lists_of(db).read(one) for one in lists))
    alone = [
        await db[one.collection]
        .find(one.matching, dict.fromkeys(one.fields, 1) or None)
        .sort(one.order)
        .limit(one.limit)
        .to_list()
        for one in lists
    ]
    assert together == alone
    assert sum(map(len, alone)) > 100


async def test_a_list_sees_what_was_written_before_it_was_asked_for(db: Database) -> None:
    async def write_and_read(number: int) -> bool:
        await db["orders"].insert_one({"_id": f"new-{number}", "owner": f"new-{number}"})
        asked = Asked("orders", {"owner": f"new-{number}"}, [("_id", 1)], 10)
        return len(await lists_of(db).read(asked)) == 1

    assert all(await asyncio.gather(*(write_and_read(n) for n in range(60))))


@pytest.mark.parametrize("wrong", [{"$nonsense": 1}, {"owner": "\ud800"}, {"owner": 2**70}])
async def test_only_who_asked_for_nonsense_hears_of_it(db: Database, wrong: Any) -> None:
    good = Asked("orders", {"owner": 1}, [("_id", 1)], 100)
    bad = good._replace(matching=wrong)
    asked = [bad if n == 7 else good for n in range(20)]
    answers = await asyncio.gather(*(Lists(db).read(one) for one in [bad]), return_exceptions=True)
    assert isinstance(answers[0], PyMongoError | UnicodeError | OverflowError)
    answers = await asyncio.gather(
        *(lists_of(db).read(one) for one in asked), return_exceptions=True
    )
    failed = [n for n, answer in enumerate(answers) if isinstance(answer, BaseException)]
    assert failed == [7]
    assert all(len(answer) == 10 for n, answer in enumerate(answers) if n != 7)
