"""Where products lie, and beside them their floor prices and costs."""

from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from pipeline.products.model import Product, ProductCost, ProductFloor

PRODUCTS = Stored(
    Product,
    "products",
    indexes=[
        IndexModel([("name", ASCENDING)], name="name"),
        IndexModel([("code", ASCENDING)], name="code"),
        IndexModel([("line", ASCENDING)], name="line"),
    ],
)
PRODUCT_FLOORS = Stored(ProductFloor, "product_floors")
PRODUCT_COSTS = Stored(ProductCost, "product_costs")
