"""Where exchange rates lie."""

from datetime import date

from chassis.mongo import Database
from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.rates.model import ExchangeRate

EXCHANGE_RATES = Stored(
    ExchangeRate,
    "exchange_rates",
    indexes=[
        IndexModel(
            [("into", ASCENDING), ("currency", ASCENDING), ("on", DESCENDING)], name="latest"
        )
    ],
)


async def latest_rate(db: Database, currency: str, into: str, on: date) -> ExchangeRate | None:
    """The newest rate that had been set for `on` or a day before."""
    found = await db[EXCHANGE_RATES.collection].find_one(
        {"into": into, "currency": currency, "on": {"$lte": on.isoformat()}},
        sort=[("on", DESCENDING)],
    )
    return None if found is None else EXCHANGE_RATES.aggregate(found)
