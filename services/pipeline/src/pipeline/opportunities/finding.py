"""Finding deals by words: the first matches in the order asked for, and how many there are.

Words are common, so what is read is bounded: so many matches of the rarest word are looked at,
the rest of what is asked for is judged on them. How many there are is counted on the keys of an
index alone, and no further than ten thousand.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from chassis.door import Reading
from chassis.mongo import Collection, Document
from chassis.pages import Page, Sorting, cut

from pipeline.opportunities.lists import SORTS, Asked, Reach, about_deals, all_of, ways
from pipeline.opportunities.model import Opportunity
from pipeline.opportunities.search import words_asked
from pipeline.opportunities.store import BY_WORDS, OPPORTUNITIES, index_name

MOST_COUNTED = 10_000
MOST_LOOKED_AT = 600
_OF_COLLABORATORS = index_name("collaborator_ids", "created_at", is_open=False)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A page of what was found. `or_more`: there are more than `count`, which is as far as it goes.

    `is_partial`: not all matches of the words were looked at; narrower words find the others.
    """

    page: Page[Opportunity]
    count: int
    or_more: bool
    is_partial: bool


async def found(
    reader: Reading, query: str, asked: Asked, *, sort: str, limit: int, cursor: str | None
) -> Found:
    """Deals with all of the words (the last letters of a Latin one may be missing)."""
    scope = await reader.scope("opportunities:read")
    deals = reader.db[OPPORTUNITIES.collection]
    words = [*_conditions(query)]
    reaches = await ways(reader, scope, asked)
    if not words or not reaches:
        return Found(page=Page([], None), count=0, or_more=False, is_partial=False)
    about = await about_deals(reader.db, asked)
    rarest, counted = await _rarest(deals, words, reaches)
    rest = all_of([*(word for word in words if word is not rarest), *about])
    order = Sorting(SORTS[sort.removeprefix("-")], sort.startswith("-"))
    looked_at = await asyncio.gather(
        *(_matches(deals, rarest, reach, rest, order.field) for reach in reaches)
    )
    rows = {row["_id"]: row for each in looked_at for row in each}
    is_partial = counted > MOST_LOOKED_AT
    count = len(rows) if rest or not is_partial else min(counted, MOST_COUNTED)
    return Found(
        page=await cut(
            deals,
            list(rows.values()),
            within=scope.filter(),
            order=order,
            limit=limit,
            cursor=cursor,
            decode=OPPORTUNITIES.aggregate,
        ),
        count=count,
        or_more=is_partial if rest else counted > MOST_COUNTED,
        is_partial=is_partial,
    )


def _conditions(query: str) -> list[Document]:
    """One condition per word; all of them have to hold."""
    whole, beginnings = words_asked(query)
    return [
        *({"words": word} for word in whole),
        *({"words": {"$regex": f"^{re.escape(word)}"}} for word in beginnings),
    ]


async def _rarest(
    deals: Collection, words: Sequence[Document], reaches: Sequence[Reach]
) -> tuple[Document, int]:
    """The word with the fewest matches in reach, and how many those are, as far as is counted."""

    async def count(word: Document) -> int:
        each = await asyncio.gather(
            *(
                deals.count_documents(
                    all_of([word, reach.matching]), limit=MOST_COUNTED + 1, hint=_index(reach)
                )
                for reach in reaches
            )
        )
        return sum(each)

    counts = await asyncio.gather(*(count(word) for word in words))
    fewest = min(range(len(words)), key=counts.__getitem__)
    return words[fewest], counts[fewest]


async def _matches(
    deals: Collection, word: Document, reach: Reach, rest: Document, sort: str
) -> list[Document]:
    """The first matches on one way: ids, and what they are sorted by."""
    steps: list[Document] = [
        {"$match": all_of([word, reach.matching])},
        {"$limit": MOST_LOOKED_AT},
    ]
    if rest:
        steps.append({"$match": rest})
    cursor = await deals.aggregate([*steps, {"$project": {"_id": 1, sort: 1}}], hint=_index(reach))
    return await cursor.to_list()


def _index(reach: Reach) -> str:
    """Owner and team stand in the keys of the words; who shares a deal stands elsewhere."""
    return _OF_COLLABORATORS if reach.by == "collaborator_ids" else BY_WORDS
