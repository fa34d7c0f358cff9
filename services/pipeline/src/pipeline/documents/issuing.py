"""What a quote's paper says now: whose it is, for whom, and the offer."""

from datetime import date

from chassis.mongo import Database
from chassis.work import Work

from pipeline import copies
from pipeline.documents.paper import QuotePaper
from pipeline.documents.store import put_paper
from pipeline.entities.model import EntityProfile
from pipeline.entities.store import SELLING_ENTITIES
from pipeline.quotes.model import Quote


async def issue_paper(work: Work, quote: Quote) -> None:
    """Keep the paper of a quote that is sent; what changes later does not change it."""
    named = quote.offer.selling_entity_id
    entity = None if named is None else await work.find(SELLING_ENTITIES, named)
    customer = await copies.customer(work, quote.customer_id)
    profile = entity.profile if entity else None
    put_paper(work, quote.id, _paper(quote, customer, profile, quote.sent_on))


async def draft_paper(db: Database, quote: Quote) -> QuotePaper:
    """The paper as it would be sent now."""
    customer = await db[copies.CUSTOMERS].find_one({"_id": quote.customer_id})
    named = quote.offer.selling_entity_id
    found = await db[SELLING_ENTITIES.collection].find_one({"_id": named}) if named else None
    profile = SELLING_ENTITIES.aggregate(found).profile if found else None
    return _paper(quote, customer, profile, None)


def _paper(
    quote: Quote,
    customer: dict[str, object] | None,
    profile: EntityProfile | None,
    issued_on: date | None,
) -> QuotePaper:
    return QuotePaper(
        number=quote.number,
        revision=quote.revision,
        title=quote.title,
        customer=str((customer or {}).get("name", quote.customer_id)),
        offer=quote.offer,
        entity=profile,
        issued_on=issued_on,
    )
