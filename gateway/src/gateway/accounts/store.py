"""Accounts as documents; password hashes lie apart from them, so no view can show one."""

from chassis.mongo import Database
from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from gateway.accounts.model import Account

ACCOUNTS = Stored(Account, "accounts", indexes=[IndexModel([("staff_id", ASCENDING)])])
CREDENTIALS = "credentials"


async def find(db: Database, identifier: str) -> Account | None:
    document = await db[ACCOUNTS.collection].find_one({"_id": identifier})
    return None if document is None else ACCOUNTS.aggregate(document)


async def password_hash(db: Database, identifier: str) -> str | None:
    document = await db[CREDENTIALS].find_one({"_id": identifier})
    return None if document is None else str(document["hash"])
