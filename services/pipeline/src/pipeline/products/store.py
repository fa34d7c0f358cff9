"""Where products lie."""

from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from pipeline.products.model import Product

PRODUCTS = Stored(
    Product,
    "products",
    indexes=[
        IndexModel([("name", ASCENDING)], name="name"),
        IndexModel([("code", ASCENDING)], name="code"),
        IndexModel([("line", ASCENDING)], name="line"),
    ],
)
