"""What is asked about accounts."""

from chassis.mongo import Database
from chassis.pages import Page, page

from gateway.accounts import store
from gateway.accounts.model import Account
from gateway.accounts.store import ACCOUNTS


async def accounts(
    db: Database, *, staff_id: str | None, limit: int, cursor: str | None
) -> Page[Account]:
    return await page(
        db[ACCOUNTS.collection],
        {"staff_id": staff_id} if staff_id else {},
        limit=limit,
        cursor=cursor,
        decode=ACCOUNTS.aggregate,
    )


async def account(db: Database, identifier: str) -> Account | None:
    return await store.find(db, identifier)


async def password_hash(db: Database, identifier: str) -> str | None:
    return await store.password_hash(db, identifier)
