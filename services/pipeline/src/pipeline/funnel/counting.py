"""Keeps the funnel's sums, and the words that deals are found by, up with the deals.

Every write of a deal marks it (`uncounted`), in its own unit of work; what is marked is counted
here a moment later, and the mark taken off if the deal is still the same. The mark is the truth,
as with the relay: being woken only saves waiting for the next look.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from chassis.core import Core
from chassis.failpoints import failpoint
from chassis.lease import Lease
from chassis.mongo import Document, is_transient
from chassis.sessions import own_session
from chassis.tasks import ended

from pipeline.copies import CUSTOMERS
from pipeline.funnel import store
from pipeline.funnel.model import Changes, Share, share_of
from pipeline.funnel.store import Counted, Overtaken, Recount
from pipeline.opportunities.commands import process_of
from pipeline.opportunities.model import Opportunity
from pipeline.opportunities.search import words_of
from pipeline.opportunities.store import OPPORTUNITIES, UNCOUNTED
from pipeline.products.store import PRODUCTS

AT_ONCE = 500
LOOK_SECONDS = 0.25

_log = structlog.get_logger()


class Counting:
    """A part of a process: counts what is marked until it is stopped; one of several does it."""

    role = "worker"

    def __init__(self, core: Core) -> None:
        self._core = core
        self._db = core.db
        self._deals = core.db[OPPORTUNITIES.collection]
        self._lease = Lease(core.db, "funnel", core.settings.instance)
        self._session: Any = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._count_for_ever(), name="funnel")

    async def stop(self) -> None:
        await ended(self._task)
        if self._session is not None:
            await self._session.end_session()
        await self._lease.release()

    def ready(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _count_for_ever(self) -> None:
        pause = LOOK_SECONDS
        while True:
            try:
                if await self._lease.hold():
                    await self.catch_up()
                pause = LOOK_SECONDS
            except Exception as trouble:
                if not isinstance(trouble, Overtaken) and not is_transient(trouble):
                    raise
                _log.warning("funnel.wait", reason=repr(trouble), retry_in=pause)
                pause = min(pause * 2, 5)
            await asyncio.sleep(pause)

    async def catch_up(self) -> int:
        """Count until nothing is marked and no count anew is under way; how many deals that were.

        Raises:
            Overtaken: another process counts as well; nothing is lost, look again.
        """
        counted = 0
        while True:
            control = await self._control()
            generations = sorted({control["active"], control["building"] or control["active"]})
            marked = await self._deals.find({UNCOUNTED: 1}).limit(AT_ONCE).to_list()
            if marked:
                await self.count(marked, generations)
                counted += len(marked)
            elif control["building"] is not None:
                counted += await self._go_on_building(control)
            else:
                return counted
            await self._lease.hold()

    async def count(self, documents: Sequence[Document], generations: Sequence[int]) -> None:
        """Bring these deals' shares and words up to date."""
        deals = [OPPORTUNITIES.aggregate(document) for document in documents]
        products = await self._known(PRODUCTS.collection, _products_of(deals), ("name", "line"))
        customers = await self._known(CUSTOMERS, {deal.customer_id for deal in deals}, ("name",))
        shares = {
            deal.id: share_of(deal, await process_of(self._db, deal), _line_of(deal, products))
            for deal in deals
        }
        for generation in generations:
            await self._recount(generation, documents, shares)
        failpoint("funnel.before_clear")
        words = {
            deal.id: words_of(
                deal.terms.name,
                customers.get(deal.customer_id or "", {}).get("name"),
                [products[one]["name"] for one in _products_of([deal]) if one in products],
                deal.terms.need,
            )
            for deal in deals
        }
        await store.clear(self._db, documents, words)

    async def _recount(
        self, generation: int, documents: Sequence[Document], shares: dict[str, Share]
    ) -> None:
        before = await store.shares_of(self._db, generation, list(shares))
        changes = Changes()
        recounts = []
        for document in documents:
            deal_id = document["_id"]
            known, share = before.get(deal_id), shares[deal_id]
            as_of = (document["version"], document["rev"])
            if known is not None and (as_of < known[:2] or share == known.share):
                continue
            writes = 1 if known is None else known.writes + 1
            recounts.append(Recount(deal_id, known, Counted(*as_of, writes, share)))
            changes.replace(known and known.share, share)
        if recounts:
            session = await self._own_session()
            await store.write(self._db, session, generation, recounts, changes.sums)

    # A count anew

    async def _go_on_building(self, control: Document) -> int:
        """The next page of all deals, by id, into the generation that is being built."""
        page = self._deals.find({"_id": {"$gt": control["after"]}}).sort("_id", 1)
        documents = await page.limit(AT_ONCE).to_list()
        if documents:
            await self.count(documents, [control["building"]])
            left: Document = {"after": documents[-1]["_id"]}
        else:
            left = {"active": control["building"], "building": None}
        # Only where nobody asked for yet another count meanwhile.
        seen = {"_id": store.FUNNEL, "building": control["building"]}
        await self._db[store.CONTROL].update_one(seen, {"$set": left})
        return len(documents)

    async def _control(self) -> Document:
        """Which generation is read and which is built; at the very first, all there is counted."""
        control = self._db[store.CONTROL]
        found = await control.find_one({"_id": store.FUNNEL})
        if found is None:
            found = {"_id": store.FUNNEL, "active": store.FIRST, "building": store.FIRST}
            found["after"] = ""
            await control.replace_one({"_id": store.FUNNEL}, found, upsert=True)
        return found

    async def _known(
        self, collection: str, wanted: set[str | None], fields: tuple[str, ...]
    ) -> dict[str, Document]:
        ids = sorted(one for one in wanted if one)
        if not ids:
            return {}
        found = self._db[collection].find({"_id": {"$in": ids}}, dict.fromkeys(fields, 1))
        return {document["_id"]: document async for document in found}

    async def _own_session(self) -> Any:
        if self._session is None:
            name = f"funnel:{self._core.settings.instance}"
            self._session = await own_session(self._core.client, self._db, name)
        return self._session


def _products_of(deals: Sequence[Opportunity]) -> set[str | None]:
    return {
        one
        for deal in deals
        for one in (deal.terms.product_id, *(line.product_id for line in deal.terms.lines))
    }


def _line_of(deal: Opportunity, products: dict[str, Document]) -> str | None:
    line: str | None = products.get(deal.terms.product_id or "", {}).get("line")
    return line
