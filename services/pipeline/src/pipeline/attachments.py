"""Which records of this service may have files: one table from their type to their rights.

Whoever may read the record may read its files; whoever may change it may attach and withdraw.
"""

from chassis.files import Attachable, attachable

from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.orders.store import ORDERS
from pipeline.payments.store import PAYMENTS

RECORDS: dict[str, Attachable] = {
    "opportunity": attachable(OPPORTUNITIES, "opportunities"),
    "order": attachable(ORDERS, "orders"),
    "payment": attachable(PAYMENTS, "payments"),
}
