"""An offer as it was typed becomes one that is priced, complete and allowed."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from chassis.problems import FieldError, ValidationFailed
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.cost_inquiries.store import INQUIRED_COSTS
from pipeline.entities.model import PaperTerms
from pipeline.entities.store import SELLING_ENTITIES
from pipeline.pricing.commands import (
    applicable_price,
    complete_lines,
    require_costs_answered,
    require_products_sold,
)
from pipeline.pricing.model import GivenLine, PaperLine, with_allowance
from pipeline.products.store import PRODUCT_COSTS, PRODUCT_FLOORS, PRODUCTS
from pipeline.quotes.model import Basis, Bearer, Offer, require_offer
from pipeline.rates.queries import exchanged, knows_currency
from pipeline.taxes.model import rounded


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the company allows: the largest discount, and how long a quote is valid by default."""

    discount_limit: Decimal
    valid_days: int


@dataclass(frozen=True, kw_only=True)
class GivenOffer:
    """What somebody typed; None is what they left as it was, or to the default."""

    currency: str | None = None
    lines: list[GivenLine] | None = None
    whole_discount: Decimal | None = None
    round_down_to: Decimal | None = None
    bearers: list[Bearer] | None = None
    valid_until: date | None = None
    terms: PaperTerms | None = None
    selling_entity_id: str | None = None
    is_formal: bool | None = None
    emptied: frozenset[str] = frozenset()


async def drafted(work: Work, given: GivenOffer, customer_id: str, policy: Policy) -> Offer:
    """A new offer. Raises ValidationFailed, ExchangeRateUnknown."""
    empty = Offer(
        currency=given.currency or work.company.currency,
        lines=[],
        valid_until=work.today + timedelta(days=policy.valid_days),
    )
    return await changed(work, empty, given, customer_id, policy)


async def changed(
    work: Work, before: Offer, given: GivenOffer, customer_id: str, policy: Policy
) -> Offer:
    """The offer with what was typed over it. Raises ValidationFailed, ExchangeRateUnknown."""
    typed = {
        each.name: value
        for each in fields(Offer)
        if each.name not in ("lines", "terms") and (value := getattr(given, each.name)) is not None
    }
    emptied: dict[str, Any] = dict.fromkeys(given.emptied)
    after = replace(before, **typed, **emptied)
    lines = before.lines
    if given.lines is not None:
        lines = await complete_lines(
            work, given.lines, customer_id=customer_id, currency=after.currency, on=work.today
        )
    elif after.currency != before.currency:
        raise ValidationFailed(_lines_needed())
    priced = with_allowance(lines, after.whole_discount, after.round_down_to)
    after = replace(after, lines=priced, terms=await _terms(work, before, after, given))
    await _require_known(work, after)
    require_offer(after, discount_limit=policy.discount_limit, today=work.today)
    return after


async def require_sendable(work: Work, offer: Offer) -> None:
    """What may have changed since it was drafted, and what only a draft may leave open.

    A line that is not standard 非标 needs an answered cost inquiry.
    """
    await require_products_sold(work, offer.lines)
    await require_costs_answered(work, offer.lines)
    await _require_known(work, offer)


async def bases_of(work: Work, offer: Offer, customer_id: str) -> list[Basis]:
    """Of each line the price that applies to the customer today, floor price and cost."""
    return [await _basis(work, line, customer_id, offer.currency) for line in offer.lines]


async def _basis(work: Work, line: PaperLine, customer_id: str, currency: str) -> Basis:
    if line.cost_inquiry_id is not None:
        answer = await work.load(INQUIRED_COSTS, line.cost_inquiry_id)
        return Basis(
            floor_price=await _amount(work, answer.floor_price, currency),
            unit_cost=await _amount(work, answer.unit_cost, currency),
        )
    if line.product_id is None:
        return Basis()
    product = await work.load(PRODUCTS, line.product_id)
    floor = await work.find(PRODUCT_FLOORS, line.product_id)
    cost = await work.find(PRODUCT_COSTS, line.product_id)
    price, is_taxed = await applicable_price(work, product, customer_id, currency, work.today)
    return Basis(
        applicable_price=None
        if price is None
        else rounded(price.amount / (1 + line.tax_rate * is_taxed)),
        floor_price=await _amount(work, floor.floor_price if floor else None, currency),
        unit_cost=await _amount(work, cost.standard_cost if cost else None, currency),
    )


async def _amount(work: Work, money: Money | None, currency: str) -> Decimal | None:
    if money is None:
        return None
    return rounded((await exchanged(work, money, currency, work.today)).amount)


async def _terms(work: Work, before: Offer, after: Offer, given: GivenOffer) -> PaperTerms:
    """As typed, else as they were, else the selling entity's."""
    terms = given.terms.over(before.terms) if given.terms else before.terms
    if after.selling_entity_id is None:
        return terms
    entity = await work.find(SELLING_ENTITIES, after.selling_entity_id)
    return terms.over(entity.profile.terms) if entity else terms


async def _require_known(work: Work, offer: Offer) -> None:
    errors: list[FieldError] = []
    if not await knows_currency(work, offer.currency, work.today):
        errors.append(
            copies.field_error(
                "/currency", "no-exchange-rate", "没有该币种的汇率", "has no exchange rate here"
            )
        )
    if offer.selling_entity_id is not None:
        entity = await work.find(SELLING_ENTITIES, offer.selling_entity_id)
        if entity is None or not entity.is_active:
            errors.append(
                copies.unknown("/selling_entity_id", "在用的签约主体", "selling entity in use")
            )
    errors += await _unknown_dealers(work, offer.bearers)
    if errors:
        raise ValidationFailed(errors)


async def _unknown_dealers(work: Work, bearers: Sequence[Bearer]) -> list[FieldError]:
    named = {
        f"/bearers/{place}/customer_id": one.customer_id
        for place, one in enumerate(bearers)
        if one.customer_id is not None
    }
    known = await work.documents(copies.CUSTOMERS, sorted(set(named.values())))
    return [
        copies.unknown(pointer, "经销商", "dealer")
        for pointer, one in named.items()
        if one not in known
    ]


def _lines_needed() -> FieldError:
    return copies.field_error(
        "/lines", "other-currency", "改币种须重新给出明细", "are needed anew in another currency"
    )
