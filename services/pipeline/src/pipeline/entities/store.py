"""Where selling entities lie."""

from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from pipeline.entities.model import SellingEntity

SELLING_ENTITIES = Stored(
    SellingEntity,
    "selling_entities",
    indexes=[IndexModel([("code", ASCENDING)], name="code")],
)
