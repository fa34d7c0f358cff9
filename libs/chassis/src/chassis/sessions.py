"""The session that a writer uses for all of its transactions, known by name.

A transaction that is open when its process dies keeps its documents locked until the server gives
it up, a minute later. So the session's id is written down, and whoever takes the writer's place
ends it first. (A connection that is lost does no such harm: the next transaction of the same
session ends the one before.)
"""

import structlog
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import OperationFailure

from chassis.mongo import Client, Database

_log = structlog.get_logger()


async def own_session(client: Client, db: Database, writer: str) -> AsyncClientSession:
    """A session for `writer`, which must be one at a time; what its last one left open is ended."""
    identifier = f"session:{writer}"
    left = await db["control"].find_one({"_id": identifier})
    if left is not None:
        try:
            await client.admin.command("killSessions", [left["lsid"]])
        except OperationFailure as problem:
            _log.warning("session.not_ended", writer=writer, reason=str(problem))
    session = client.start_session()
    await db["control"].replace_one(
        {"_id": identifier}, {"_id": identifier, "lsid": session.session_id}, upsert=True
    )
    return session
