"""Which records of this service may have files: one table from their type to their rights.

Whoever may read the record may read its files; whoever may change it may attach and withdraw.
"""

from chassis.files import Attachable, attachable

from pipeline.cases.store import CASES
from pipeline.contracts.store import CONTRACTS
from pipeline.hand_overs.store import HAND_OVERS
from pipeline.leads.store import LEADS
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.orders.store import ORDERS
from pipeline.payments.store import PAYMENTS
from pipeline.quotes.store import QUOTES
from pipeline.registrations.store import REGISTRATIONS
from pipeline.requirement_changes.store import REQUIREMENT_CHANGES
from pipeline.tenders.store import TENDERS

RECORDS: dict[str, Attachable] = {
    "lead": attachable(LEADS, "leads"),
    "registration": attachable(REGISTRATIONS, "registrations"),
    "opportunity": attachable(OPPORTUNITIES, "opportunities"),
    "quote": attachable(QUOTES, "quotes"),
    "contract": attachable(CONTRACTS, "contracts"),
    "order": attachable(ORDERS, "orders"),
    "payment": attachable(PAYMENTS, "payments"),
    "requirement_change": attachable(REQUIREMENT_CHANGES, "requirement-changes"),
    "case": attachable(CASES, "cases"),
    "tender": attachable(TENDERS, "tenders"),
    "hand_over": attachable(HAND_OVERS, "hand-overs"),
}
