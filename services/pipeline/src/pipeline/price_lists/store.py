"""Where price lists lie."""

from chassis.mongo import Database
from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from pipeline.price_lists.model import PriceList

PRICE_LISTS = Stored(
    PriceList,
    "price_lists",
    indexes=[
        IndexModel([("entries.product_id", ASCENDING), ("status", ASCENDING)], name="product"),
        IndexModel([("status", ASCENDING), ("terms.valid_from", ASCENDING)], name="status"),
    ],
)
MOST = 500


async def published_with(
    db: Database, product_id: str, *, tier: str | None, region: str | None
) -> list[PriceList]:
    """Published lists that price a product, for such a customer or for any."""
    found = db[PRICE_LISTS.collection].find(
        {
            "entries.product_id": product_id,
            "status": "published",
            "terms.tier": {"$in": [None, tier]},
            "terms.region": {"$in": [None, region]},
        },
        # Of a long list only the line that is asked for.
        {
            "entries": {"$elemMatch": {"product_id": product_id}},
            **dict.fromkeys(("key", "version", "terms", "status", "ended_on"), 1),
        },
    )
    return [PRICE_LISTS.aggregate(document) async for document in found.limit(MOST)]
