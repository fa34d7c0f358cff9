"""Where deals and refused moves lie."""

from chassis.mongo import Document
from chassis.store import Stored, plain_document
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.opportunities.model import GateRefusal, Opportunity

UNCOUNTED = "uncounted"
"""Marks a deal whose place in the funnel, or whose words, may have changed since it was counted."""
MARK: Document = {UNCOUNTED: 1}


def _marked(deal: Opportunity) -> Document:
    return plain_document(deal) | MARK


_READERS = ("owner_id", "team_id", "collaborator_ids")
_ORDERS = {
    "created": "created_at",
    "amount": "terms.amount.amount",
    "expected": "terms.expected_close_on",
    "progress": "progressed_at",
}
_OPEN = {"status": "open"}


def _order(*fields: str) -> list[tuple[str, int]]:
    """What is equal first, then the order asked for; the id makes it one order."""
    *equal, last = fields
    return [*((name, ASCENDING) for name in equal), (last, DESCENDING), ("_id", DESCENDING)]


def _lists() -> list[IndexModel]:
    """One index for each way to be in somebody's reach and each order, read merged.

    A row rule is an `$or` of those ways; each branch delivers its rows in order, so that a page
    costs its own rows however many there are. Stages are only asked for of open deals.
    """
    ways = [*((reader,) for reader in _READERS), ()]
    lists = [
        IndexModel(_order(*way, field), name="_".join((*way, "by", name)))
        for way in ways
        for name, field in _ORDERS.items()
    ]
    columns = [
        IndexModel(
            _order(*way, "template", "stage", field),
            name="_".join((*way, "stage", "by", name)),
            partialFilterExpression=_OPEN,
        )
        for way in (("owner_id",), ("team_id",), ())
        for name, field in _ORDERS.items()
        if name != "created"
    ]
    return lists + columns


OPPORTUNITIES = Stored(
    Opportunity,
    "opportunities",
    encode=_marked,
    indexes=[
        *_lists(),
        IndexModel(_order("owner_id", "closed_on"), name="owner_id_by_close"),
        IndexModel(_order("closed_on"), name="by_close"),
        IndexModel(_order("opened_on"), name="by_opening"),
        IndexModel(_order("updated_at"), name="by_update"),
        IndexModel(_order("terms.customer_id", "created_at"), name="customer_by_created"),
        IndexModel(
            [("external_id", ASCENDING)],
            name="external",
            partialFilterExpression={"external_id": {"$type": "string"}},
        ),
        IndexModel([("words", ASCENDING)], name="words"),
        IndexModel(
            [(UNCOUNTED, ASCENDING)],
            name="uncounted",
            partialFilterExpression={UNCOUNTED: {"$exists": True}},
        ),
    ],
)
GATE_REFUSALS = Stored(
    GateRefusal,
    "gate_refusals",
    indexes=[IndexModel([("opportunity_id", ASCENDING)], name="opportunity")],
)
