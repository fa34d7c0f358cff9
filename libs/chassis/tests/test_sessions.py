"""What a dead writer left open does not stop its successor."""

import asyncio
import subprocess
import sys

from chassis.core import Core
from chassis.lease import Lease
from chassis.sessions import own_session
from chassis.settings import ServiceSettings

DIES_IN_A_TRANSACTION = """
import asyncio, os, sys
from chassis.mongo import connect, database
from chassis.sessions import own_session

async def main():
    client = connect(sys.argv[1])
    db = database(client, sys.argv[2])
    session = await own_session(client, db, "writer:1")
    await session.start_transaction()
    await db["things"].update_one({"_id": 1}, {"$inc": {"n": 1}}, session=session)
    os._exit(137)

asyncio.run(main())
"""


async def test_a_transaction_left_open_by_a_dead_process_is_ended_by_its_successor(
    mongodb_uri: str, database_name: str
) -> None:
    core = Core(ServiceSettings(mongodb_uri=mongodb_uri, database=database_name), name="any")
    try:
        await core.db["things"].insert_one({"_id": 1, "n": 0})
        died = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", DIES_IN_A_TRANSACTION, mongodb_uri, database_name],
            check=False,
        )
        assert died.returncode == 137
        session = await own_session(core.client, core.db, "writer:1")

        async def add(session: object) -> None:
            await core.db["things"].update_one({"_id": 1}, {"$inc": {"n": 1}}, session=session)  # type: ignore[arg-type]

        await session.with_transaction(add)
        await session.end_session()
        found = await core.db["things"].find_one({"_id": 1})
        assert found == {"_id": 1, "n": 1}
    finally:
        await core.client.close()


async def test_a_lease_is_one_holders_until_it_runs_out_or_is_given_back(
    mongodb_uri: str, database_name: str
) -> None:
    core = Core(ServiceSettings(mongodb_uri=mongodb_uri, database=database_name), name="any")
    try:
        first = Lease(core.db, "job", "1", seconds=60)
        second = Lease(core.db, "job", "2", seconds=60)
        assert await first.hold()
        assert not await second.hold()
        assert await Lease(core.db, "job", "1").hold(), "after a restart it is itself again"
        await first.release()
        assert await second.hold()
        assert not await Lease(core.db, "job", "1").hold()
        assert await Lease(core.db, "other", "3", seconds=-1).hold()
        assert await Lease(core.db, "other", "4").hold(), "the other one's has run out"
    finally:
        await core.client.close()
