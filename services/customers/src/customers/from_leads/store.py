"""Where refusals lie."""

from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from customers.from_leads.model import CustomerRefusal

REFUSALS = Stored(
    CustomerRefusal,
    "customer_refusals",
    indexes=[IndexModel([("lead_id", ASCENDING)], name="lead")],
)
