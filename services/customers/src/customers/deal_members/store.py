"""A copy of who takes part in which deal of a customer, fed by pipeline's events."""

from collections.abc import Sequence

from chassis.mongo import Database, Document
from chassis.work import Work
from pymongo import ASCENDING, IndexModel

DEAL_MEMBERS = "deal_members"
INDEXES = {
    DEAL_MEMBERS: [
        IndexModel([("customer_id", ASCENDING), ("staff_ids", ASCENDING)], name="of_customer")
    ]
}


def keep_members(
    work: Work, opportunity_id: str, customer_id: str | None, staff_ids: Sequence[str]
) -> None:
    work.put(
        DEAL_MEMBERS,
        {"_id": opportunity_id, "customer_id": customer_id, "staff_ids": sorted(set(staff_ids))},
    )


async def move_members(work: Work, opportunity_id: str, customer_id: str | None) -> None:
    """The deal is another customer's now, and so is what its team may see."""
    known: Document | None = await work.document(DEAL_MEMBERS, opportunity_id)
    if known is not None:
        work.put(DEAL_MEMBERS, known | {"customer_id": customer_id})


async def is_member(db: Database, customer_id: str, staff_id: str | None) -> bool:
    """Whether somebody takes part in a deal with this customer."""
    if staff_id is None:
        return False
    asked = {"customer_id": customer_id, "staff_ids": staff_id}
    return await db[DEAL_MEMBERS].find_one(asked, {"_id": 1}) is not None
