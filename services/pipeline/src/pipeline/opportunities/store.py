"""Where deals and refused moves lie."""

from bson import MinKey
from chassis.mongo import Document
from chassis.store import Stored, plain_document
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.opportunities.model import GateRefusal, Opportunity

BY_WORDS = "words_by_team"
UNCOUNTED = "uncounted"
"""Marks a deal whose place in the funnel, or whose words, may have changed since it was counted."""
MARK: Document = {UNCOUNTED: 1}


def _marked(deal: Opportunity) -> Document:
    return plain_document(deal) | MARK


SHARED = "collaborator_ids"
WAYS = ("owner_id", "team_id", SHARED, None)
"""How a deal comes into somebody's reach: by its owner, team, collaborators, or at all.

Few deals are shared with one person, open or not, so the open ones need no index of their own.
"""
ORDERS = {
    "created_at": "created",
    "terms.amount.amount": "amount",
    "terms.expected_close_on": "expected",
    "progressed_at": "progress",
}
KEPT_IN_KEYS = (
    "status",
    "template",
    "stage",
    "is_parked",
    "terms.product_id",
    "terms.expected_close_on",
)
"""What lists are mostly filtered by: judged on the keys of an index, before any deal is read."""
ANYTHING: Document = {"$gte": MinKey()}
"""Holds for every value, none included. An index whose first field is not asked for is only read
for its order, and what its keys could tell is then looked up in the deals."""
_OPEN = {"status": "open"}


def index_name(way: str | None, order: str, *, is_open: bool) -> str:
    """The index that delivers what is in reach that way in that order, all or the open ones."""
    is_small = is_open and way != SHARED
    words = ("open" if is_small else None, way, "by", ORDERS[order])
    return "_".join(word for word in words if word)


def _keys(way: str | None, order: str) -> list[tuple[str, int]]:
    kept = [(name, ASCENDING) for name in KEPT_IN_KEYS if name != order]
    equal = [] if way is None else [(way, ASCENDING)]
    return [*equal, (order, DESCENDING), ("_id", DESCENDING), *kept]


def _lists() -> list[IndexModel]:
    """One index for each way and order, and a smaller one for the open deals among them.

    A page is read from the keys of one index per way; only its own deals are then looked up.
    """
    everything = [
        IndexModel(_keys(way, order), name=index_name(way, order, is_open=False))
        for way in WAYS
        for order in ORDERS
    ]
    # The open ones are few among many, and stand last in the order of their expected close.
    only_open = [
        IndexModel(
            _keys(way, order),
            name=index_name(way, order, is_open=True),
            partialFilterExpression=_OPEN,
        )
        for way in WAYS
        for order in ORDERS
        if order != "created_at" and way != SHARED
    ]
    return everything + only_open


def _order(*fields: str) -> list[tuple[str, int]]:
    """What is equal first, then the order asked for; the id makes it one order."""
    *equal, last = fields
    return [*((name, ASCENDING) for name in equal), (last, DESCENDING), ("_id", DESCENDING)]


OPPORTUNITIES = Stored(
    Opportunity,
    "opportunities",
    encode=_marked,
    indexes=[
        *_lists(),
        IndexModel(_order("closed_on"), name="by_close"),
        IndexModel(_order("opened_on"), name="by_opening"),
        IndexModel(_order("updated_at"), name="by_update"),
        IndexModel(_order("terms.customer_id", "created_at"), name="customer_by_created"),
        IndexModel(
            [("external_id", ASCENDING)],
            name="external",
            partialFilterExpression={"external_id": {"$type": "string"}},
        ),
        # With the row rules in the keys, matches are counted without reading a deal.
        IndexModel(
            [("words", ASCENDING), ("team_id", ASCENDING), ("owner_id", ASCENDING)], name=BY_WORDS
        ),
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
