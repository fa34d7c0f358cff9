"""What can be done with price lists."""

from datetime import date

from chassis.ids import new_id
from chassis.problems import FieldError, ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.price_lists.model import Entry, PriceList, Terms, draw_up
from pipeline.price_lists.store import PRICE_LISTS
from pipeline.products.store import PRODUCTS
from pipeline.rates.queries import knows_currency


async def draw_up_price_list(work: Work, terms: Terms, entries: list[Entry]) -> PriceList:
    """A draft. Raises ValidationFailed: unknown products, a currency without a rate."""
    await work.scope("price-lists:write")
    await _require_known(work, terms, entries)
    return work.add(PRICE_LISTS, draw_up(new_id(), terms, entries))


async def change_price_list(
    work: Work, identifier: str, terms: Terms, entries: list[Entry]
) -> PriceList:
    await work.scope("price-lists:write")
    listed = await work.load(PRICE_LISTS, identifier)
    await _require_known(work, terms, entries)
    listed.change(terms, entries)
    return listed


async def publish_price_list(work: Work, identifier: str) -> PriceList:
    """From its first day on it applies; it is not changed any more."""
    await work.scope("price-lists:write")
    listed = await work.load(PRICE_LISTS, identifier)
    await _require_known(work, listed.terms, listed.entries)
    listed.publish()
    return listed


async def end_price_list(work: Work, identifier: str, on: date) -> PriceList:
    await work.scope("price-lists:write")
    listed = await work.load(PRICE_LISTS, identifier)
    listed.end(on)
    return listed


async def _require_known(work: Work, terms: Terms, entries: list[Entry]) -> None:
    errors: list[FieldError] = []
    if not await knows_currency(work, terms.currency, work.today):
        errors.append(
            copies.field_error(
                "/currency", "no-exchange-rate", "没有该币种的汇率", "has no exchange rate here"
            )
        )
    known = await work.find_many(PRODUCTS, [one.product_id for one in entries])
    for place, one in enumerate(entries):
        pointer = f"/entries/{place}/product_id"
        if one.product_id not in known:
            errors.append(copies.unknown(pointer, "产品", "product"))
        elif known[one.product_id].is_withdrawn:
            errors.append(copies.field_error(pointer, "withdrawn", "已停售", "is withdrawn"))
    if errors:
        raise ValidationFailed(errors)
