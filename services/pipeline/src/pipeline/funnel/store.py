"""Where the funnel's sums lie, and each deal's share in them.

A generation is one whole count: `funnel_shares` `<generation>|<deal>` and `funnel_cells`
`<generation>|<cell>`. Shares and cells change in one transaction, a share only from what it was
seen to be; so whatever runs twice, or side by side, or dies in the middle, counts a deal once.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from bson.decimal128 import Decimal128
from chassis.failpoints import failpoint
from chassis.mongo import Database, Document
from chassis.store import KEPT_AS_THEY_ARE
from pymongo import ASCENDING, IndexModel, InsertOne, ReplaceOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError

from pipeline.funnel.model import Cell, Share, Sums
from pipeline.opportunities.store import OPPORTUNITIES, UNCOUNTED

CELLS, SHARES = "funnel_cells", "funnel_shares"
CONTROL, FUNNEL = "control", "funnel"
FIRST = 1
_DUPLICATE_KEY = 11000
BY_HOLDER, BY_TEAM = "by_holder", "by_team"
_EQUAL = ("generation", "kind", "dimension", "template")
_ADDED_UP = ("key", "status", "stage", "currency", "deals", "amount", "weighted")
# Whole sums lie in the keys, one beside the other: adding up reads no document.
INDEXES = {
    CELLS: [
        IndexModel([(name, ASCENDING) for name in (*_EQUAL, *by, *_ADDED_UP)], name=index)
        for index, by in ((BY_HOLDER, ("holder", "team", "owner")), (BY_TEAM, ("team", "owner")))
    ],
    SHARES: [],
}


class Overtaken(Exception):
    """A share is no longer what it was seen to be: count again."""


class Counted(NamedTuple):
    """A deal's share, as of which state of the deal, and how often it was written."""

    version: int
    rev: int
    writes: int
    share: Share


class Recount(NamedTuple):
    """One deal's share, before and after."""

    deal_id: str
    before: Counted | None
    after: Counted


def share_id(generation: int, deal_id: str) -> str:
    return f"{generation}|{deal_id}"


def share_document(generation: int, deal_id: str, counted: Counted) -> Document:
    document: Document = msgspec.to_builtins(counted.share, builtin_types=KEPT_AS_THEY_ARE)
    return document | {
        "_id": share_id(generation, deal_id),
        "version": counted.version,
        "rev": counted.rev,
        "writes": counted.writes,
    }


def counted_of(document: Document) -> Counted:
    share = msgspec.convert(document, Share, builtin_types=KEPT_AS_THEY_ARE)
    return Counted(document["version"], document["rev"], document["writes"], share)


def cell_id(generation: int, cell: Cell) -> str:
    return "|".join(str(part) for part in (generation, *cell))


def cell_document(generation: int, cell: Cell, sums: Sums) -> Document:
    return {"_id": cell_id(generation, cell), "generation": generation} | {
        **cell._asdict(),
        **sums._asdict(),
    }


async def shares_of(db: Database, generation: int, deal_ids: Sequence[str]) -> dict[str, Counted]:
    wanted = [share_id(generation, one) for one in deal_ids]
    found = await db[SHARES].find({"_id": {"$in": wanted}}).to_list()
    return {document["_id"].partition("|")[2]: counted_of(document) for document in found}


async def write(
    db: Database,
    session: AsyncClientSession,
    generation: int,
    recounts: Sequence[Recount],
    changes: Mapping[Cell, Sums],
) -> None:
    """Replace shares and change the sums by what that means, together.

    Raises:
        Overtaken: somebody else counted one of these deals meanwhile.
    """
    replaced = [_replacing(generation, one) for one in recounts]
    added = [_adding(generation, cell, sums) for cell, sums in changes.items()]

    async def together(within: AsyncClientSession) -> None:
        outcome = await db[SHARES].bulk_write(replaced, session=within)
        if outcome.matched_count + outcome.inserted_count != len(replaced):
            raise Overtaken
        failpoint("funnel.between_shares_and_cells")
        if added:
            await db[CELLS].bulk_write(added, session=within)

    try:
        await session.with_transaction(together)
    except BulkWriteError as error:
        if any(one.get("code") == _DUPLICATE_KEY for one in error.details.get("writeErrors", [])):
            raise Overtaken from error
        raise


async def clear(db: Database, seen: Sequence[Document], words: Mapping[str, list[str]]) -> None:
    """Take the mark off the deals that were counted, where they are still as they were seen."""
    done = [
        UpdateOne(
            {"_id": deal["_id"], "version": deal["version"], "rev": deal["rev"]},
            {"$unset": {UNCOUNTED: ""}, "$set": {"words": words[deal["_id"]]}},
        )
        for deal in seen
    ]
    if done:
        await db[OPPORTUNITIES.collection].bulk_write(done, ordered=False)


def _replacing(generation: int, one: Recount) -> InsertOne[Document] | ReplaceOne[Document]:
    document = share_document(generation, one.deal_id, one.after)
    if one.before is None:
        return InsertOne(document)
    seen = {"_id": document["_id"], "writes": one.before.writes}
    return ReplaceOne(seen, document)


def _adding(generation: int, cell: Cell, sums: Sums) -> UpdateOne:
    amounts: dict[str, Any] = {
        "deals": sums.deals,
        "amount": Decimal128(sums.amount),
        "weighted": Decimal128(sums.weighted),
    }
    fixed = {"generation": generation, **cell._asdict()}
    return UpdateOne(
        {"_id": cell_id(generation, cell)},
        {"$inc": amounts, "$setOnInsert": fixed},
        upsert=True,
    )
