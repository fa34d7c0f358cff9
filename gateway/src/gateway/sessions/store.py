"""Sessions and failed sign-ins as documents, changed by compare-and-set."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from chassis.ids import new_id
from chassis.mongo import Database, Document
from pymongo import ASCENDING, IndexModel, ReturnDocument

from gateway.sessions.model import LOCK_OUT, Session

SESSIONS = "sessions"
FAILURES = "sign_in_failures"
SECRETS = "secrets"
INDEXES = {
    SESSIONS: [
        IndexModel([("account_id", ASCENDING)]),
        IndexModel([("staff_id", ASCENDING)]),
        IndexModel([("revoked_at", ASCENDING)]),
        IndexModel([("expires_at", ASCENDING)]),
    ],
    FAILURES: [IndexModel([("last_at", ASCENDING)])],
}
_FORGIVEN_AFTER = timedelta(days=1)


async def open_session(
    db: Database, account_id: str, username: str, staff_id: str | None, expires_at: datetime
) -> Session:
    document = {
        "_id": new_id(),
        "account_id": account_id,
        "username": username,
        "staff_id": staff_id,
        "secret": secrets.token_bytes(32),
        "number": 1,
        "expires_at": expires_at,
        "revoked_at": None,
    }
    await db[SESSIONS].insert_one(document)
    return _session(document)


async def find(db: Database, session_id: str) -> Session | None:
    document = await db[SESSIONS].find_one({"_id": session_id})
    return None if document is None else _session(document)


async def exchange(db: Database, session: Session) -> Session | None:
    """Count one exchange of the refresh token; None if another was faster or it was revoked."""
    document = await db[SESSIONS].find_one_and_update(
        {"_id": session.id, "number": session.number, "revoked_at": None},
        {"$inc": {"number": 1}},
        return_document=ReturnDocument.AFTER,
    )
    return None if document is None else _session(document)


async def revoke(db: Database, session_id: str, now: datetime, reason: str) -> None:
    await db[SESSIONS].update_one(
        {"_id": session_id, "revoked_at": None},
        {"$set": {"revoked_at": now, "revoked_for": reason}},
    )


def all_of_account(account_id: str, *, but: str | None = None) -> Document:
    """The open sessions of an account, for a unit of work to revoke."""
    matching: Document = {"account_id": account_id, "revoked_at": None}
    if but is not None:
        matching["_id"] = {"$ne": but}
    return matching


def revocation(now: datetime, reason: str) -> Document:
    return {"$set": {"revoked_at": now, "revoked_for": reason}}


async def revoked_since(db: Database, since: datetime) -> list[str]:
    """Ids of the sessions revoked since then."""
    found = db[SESSIONS].find({"revoked_at": {"$gte": since}}, {"_id": 1})
    return [document["_id"] async for document in found]


async def wait_for_sign_in(db: Database, username: str, now: datetime) -> int:
    """Count an attempt as failed before it is judged; the seconds still to wait, if any.

    Counting first means that many attempts at the same time cannot all be judged.
    """
    blocked = {"$gt": [{"$ifNull": ["$blocked_until", now]}, now]}
    failures = {"$add": [{"$ifNull": ["$failures", 0]}, 1]}
    seconds = {
        "$switch": {
            "branches": [
                {"case": {"$lte": ["$$failures", count]}, "then": LOCK_OUT.seconds(count)}
                for count in range(LOCK_OUT.free - 1, LOCK_OUT.free + 10)
            ],
            "default": LOCK_OUT.longest_seconds,
        }
    }
    # Null while attempts are free: requests at the same time need not arrive in order.
    until = {
        "$cond": [
            {"$lt": ["$$failures", LOCK_OUT.free]},
            None,
            {"$dateAdd": {"startDate": now, "unit": "second", "amount": seconds}},
        ]
    }
    counted: dict[str, Any] = {
        "failures": failures,
        "last_at": now,
        "blocked_until": {"$let": {"vars": {"failures": failures}, "in": until}},
    }
    before = await db[FAILURES].find_one_and_update(
        {"_id": username},
        [{"$replaceWith": {"$cond": [blocked, "$$ROOT", {"$mergeObjects": ["$$ROOT", counted]}]}}],
        upsert=True,
        return_document=ReturnDocument.BEFORE,
    )
    blocked_until = before.get("blocked_until") if before else None
    if blocked_until is None or blocked_until <= now:
        return 0
    return int((blocked_until - now).total_seconds()) + 1


async def forget_failures(db: Database, username: str) -> None:
    await db[FAILURES].delete_one({"_id": username})


async def purge(db: Database, now: datetime) -> None:
    """Remove what nothing can refer to any more."""
    await db[SESSIONS].delete_many({"expires_at": {"$lt": now - _FORGIVEN_AFTER}})
    await db[FAILURES].delete_many({"last_at": {"$lt": now - _FORGIVEN_AFTER}})


async def secret(db: Database, name: str) -> bytes:
    """A secret of all processes of the gateway, made by the first that asks."""
    document = await db[SECRETS].find_one_and_update(
        {"_id": name},
        {"$setOnInsert": {"secret": secrets.token_bytes(32)}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    if document is None:
        raise RuntimeError("an upsert returns what it left")
    made: bytes = document["secret"]
    return made


def _session(document: Document) -> Session:
    return Session(
        document["_id"],
        document["account_id"],
        document["username"],
        document["staff_id"],
        document["secret"],
        document["number"],
        document["expires_at"],
        document["revoked_at"],
    )
