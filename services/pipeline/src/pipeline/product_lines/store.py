"""Where product lines lie."""

from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from pipeline.product_lines.model import ProductLine

PRODUCT_LINES = Stored(
    ProductLine, "product_lines", indexes=[IndexModel([("name", ASCENDING)], name="name")]
)
