"""Databases for tests, emptied and used again: making a service's indexes takes longer than most
tests do.

One that a failing test may still be writing to is not given back, so nobody gets it again.
"""

import asyncio
import uuid
from collections import defaultdict
from typing import Any

from pymongo import MongoClient

from chassis.mongo import connect, database

_free: dict[tuple[str, str], list[str]] = defaultdict(list)
_made: set[tuple[str, str]] = set()


async def taken(mongodb_uri: str, service: str) -> str:
    """The name of an empty database, with the indexes of that service if it was used before."""
    free = _free[mongodb_uri, service]
    if not free:
        name = f"test-{service}-{uuid.uuid4().hex[:12]}"
        _made.add((mongodb_uri, name))
        return name
    name = free.pop()
    client = connect(mongodb_uri)
    try:
        db = database(client, name)
        names = await db.list_collection_names()
        await asyncio.gather(*(db[one].delete_many({}) for one in names))
    finally:
        await client.close()
    return name


def given_back(mongodb_uri: str, service: str, name: str) -> None:
    _free[mongodb_uri, service].append(name)


def drop_all() -> None:
    """At the end of a test run: nothing of it stays behind."""
    for mongodb_uri in {uri for uri, _ in _made}:
        with MongoClient[dict[str, Any]](mongodb_uri) as client:
            for uri, name in _made:
                if uri == mongodb_uri:
                    client.drop_database(name)
    _made.clear()
