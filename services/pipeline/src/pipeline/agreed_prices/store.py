"""Where agreed prices lie."""

from chassis.mongo import Database
from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.agreed_prices.model import AgreedPrice

AGREED_PRICES = Stored(
    AgreedPrice,
    "agreed_prices",
    indexes=[
        IndexModel([("customer_id", ASCENDING), ("product_id", ASCENDING)], name="customer"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
    ],
)
MOST = 500


async def agreed_with(db: Database, customer_id: str, product_id: str) -> list[AgreedPrice]:
    """Every price of a product that was ever proposed for a customer."""
    found = db[AGREED_PRICES.collection].find(
        {"customer_id": customer_id, "product_id": product_id}
    )
    return [AGREED_PRICES.aggregate(document) async for document in found.limit(MOST)]
