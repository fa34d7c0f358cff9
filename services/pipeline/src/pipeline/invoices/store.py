"""Where invoices lie, and the numbers that are taken: one document each, red ones too."""

from chassis.problems import CHINESE, ENGLISH, Duplicate
from chassis.store import Stored
from chassis.work import Work
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.invoices.model import Invoice

NUMBERS = "invoice_numbers"
INDEXES: dict[str, list[IndexModel]] = {NUMBERS: []}
INVOICES = Stored(
    Invoice,
    "invoices",
    indexes=[
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel([("contract_id", ASCENDING)], name="contract"),
        IndexModel([("order_id", ASCENDING)], name="order"),
        IndexModel([("opportunity_id", ASCENDING)], name="opportunity"),
        IndexModel([("number", ASCENDING)], name="number"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
    ],
)


async def take_number(work: Work, number: str, invoice_id: str) -> None:
    """Each number stands on one invoice only. Raises Duplicate."""
    if await work.document(NUMBERS, number) is not None:
        raise Duplicate(
            {CHINESE: f"发票号 {number} 已使用", ENGLISH: f"the number {number} is taken"}
        )
    work.replace_seen(NUMBERS, {"_id": number, "invoice_id": invoice_id}, seen=None)
