"""Which price of a product applies to a customer on a day, and why."""

from datetime import date

from chassis.problems import CHINESE, ENGLISH
from chassis.work import Work

from pipeline import copies
from pipeline.agreed_prices.model import AgreedPrice
from pipeline.agreed_prices.store import agreed_with
from pipeline.price_lists.model import AGREED, LIST, Candidate, in_order, why_listed
from pipeline.price_lists.store import published_with
from pipeline.products.model import Product


async def prices_for(
    work: Work, product: Product, customer_id: str | None, on: date
) -> list[Candidate]:
    """The price that applies first, then those that would apply without it."""
    tier, region = None, None
    found: list[Candidate] = []
    if customer_id is not None:
        tier = await copies.tier_of(work, customer_id)
        customer = await copies.customer(work, customer_id)
        region = customer.get("region") if customer else None
        agreed = await agreed_with(work.db, customer_id, product.id)
        found += [_agreed(one) for one in agreed if one.is_valid(on)]
    for listed in await published_with(work.db, product.id, tier=tier, region=region):
        price = listed.price_of(product.id)
        if price is not None and listed.is_valid(on):
            found.append(
                Candidate(
                    source=listed.rank,
                    price=price,
                    is_taxed=listed.terms.is_taxed,
                    why=why_listed(listed),
                    paper_id=listed.id,
                    valid_from=listed.terms.valid_from,
                    valid_until=listed.valid_until,
                )
            )
    own = product.price_on(on)
    if own is not None:
        found.append(
            Candidate(
                source=LIST,
                price=own.price,
                is_taxed=own.is_taxed,
                why={CHINESE: "产品目录价", ENGLISH: "the product's list price"},
                valid_from=own.valid_from,
            )
        )
    return in_order(found)


def _agreed(one: AgreedPrice) -> Candidate:
    return Candidate(
        source=AGREED,
        price=one.price,
        is_taxed=one.is_taxed,
        why={CHINESE: "与该客户的协议价", ENGLISH: "agreed with this customer"},
        paper_id=one.id,
        valid_from=one.valid_from,
        valid_until=one.valid_until,
    )
