"""Where the company's own tax rates lie."""

from chassis.mongo import Database
from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from pipeline.taxes.model import TaxRate

TAX_RATES = Stored(
    TaxRate,
    "tax_rates",
    indexes=[IndexModel([("code", ASCENDING), ("valid_from", ASCENDING)], name="code")],
)
MOST = 500


async def own_rates(db: Database) -> list[TaxRate]:
    found = db[TAX_RATES.collection].find().sort("valid_from", ASCENDING).limit(MOST)
    return [TAX_RATES.aggregate(document) async for document in found]
