"""Lines as they were typed become lines that are priced and taxed."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from chassis.problems import FieldError, ValidationFailed
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.cost_inquiries.store import COST_INQUIRIES
from pipeline.price_lists.queries import prices_for
from pipeline.pricing.model import GivenLine, PaperLine
from pipeline.products.model import Product
from pipeline.products.store import PRODUCTS
from pipeline.rates.queries import exchanged
from pipeline.requests import LARGEST
from pipeline.taxes.queries import tax_rates


async def complete_lines(
    work: Work,
    given: Sequence[GivenLine],
    *,
    currency: str,
    on: date,
    customer_id: str | None = None,
) -> list[PaperLine]:
    """Each line with its price, unit and tax rate.

    Raises:
        ValidationFailed: unknown or withdrawn products, tax rates not in force, no price known.
        ExchangeRateUnknown: a price is in a currency that cannot be converted.
    """
    named = sorted({line.product_id for line in given if line.product_id})
    products = await work.find_many(PRODUCTS, named)
    known_rates = await tax_rates(work, on)
    errors: list[FieldError] = []
    completed: list[PaperLine] = []
    for place, line in enumerate(given):
        product = products.get(line.product_id) if line.product_id else None
        wrong = _wrong(line, product, f"/lines/{place}") or await _inquiry_wrong(work, line, place)
        if wrong is not None:
            errors.append(wrong)
            continue
        price, is_taxed = await _price(work, line, product, customer_id, currency, on)
        rate = _tax_rate(line, product, known_rates)
        if price is None:
            errors.append(_no_price(place))
        elif rate is None:
            errors.append(_no_rate(place, on))
        elif price.amount * line.quantity * (1 + rate) >= LARGEST:
            errors.append(_too_large(place))
        else:
            completed.append(_completed(line, product, price, is_taxed, rate))
    if errors:
        raise ValidationFailed(errors)
    return completed


async def applicable_price(
    work: Work, product: Product, customer_id: str | None, currency: str, on: date
) -> tuple[Money | None, bool]:
    """What a customer pays for a unit, and whether it holds tax. Raises ExchangeRateUnknown."""
    applicable = await prices_for(work, product, customer_id, on)
    if not applicable:
        return None, False
    return await exchanged(work, applicable[0].price, currency, on), applicable[0].is_taxed


async def require_products_sold(work: Work, lines: Sequence[PaperLine]) -> None:
    """Raises ValidationFailed for each line whose product has been withdrawn."""
    named = sorted({line.product_id for line in lines if line.product_id})
    products = await work.find_many(PRODUCTS, named)
    errors = [
        copies.field_error(f"/lines/{place}/product_id", "withdrawn", "已停售", "is withdrawn")
        for place, line in enumerate(lines)
        if line.product_id and products[line.product_id].is_withdrawn
    ]
    if errors:
        raise ValidationFailed(errors)


async def require_costs_answered(work: Work, lines: Sequence[PaperLine]) -> None:
    """Raises ValidationFailed for each non-standard line without a cost that holds today."""
    named = sorted({line.product_id for line in lines if line.product_id})
    products = await work.find_many(PRODUCTS, named)
    errors: list[FieldError] = []
    for place, line in enumerate(lines):
        is_standard = line.product_id is None or products[line.product_id].is_standard
        if line.cost_inquiry_id is None and is_standard:
            continue
        inquiry = await work.find(COST_INQUIRIES, line.cost_inquiry_id or "-")
        if inquiry is None or not inquiry.holds(work.today):
            errors.append(
                copies.field_error(
                    f"/lines/{place}/cost_inquiry_id",
                    "cost-not-answered",
                    "非标行须有有效的成本答复",
                    "needs an answered cost inquiry that still holds",
                )
            )
    if errors:
        raise ValidationFailed(errors)


async def _inquiry_wrong(work: Work, line: GivenLine, place: int) -> FieldError | None:
    """An inquiry that is not there, or not answered yet, cannot be priced by."""
    if line.cost_inquiry_id is None:
        return None
    inquiry = await work.find(COST_INQUIRIES, line.cost_inquiry_id)
    if inquiry is not None and inquiry.answered_by is not None:
        return None
    return copies.unknown(
        f"/lines/{place}/cost_inquiry_id", "已答复的成本询价", "answered cost inquiry"
    )


def _completed(
    line: GivenLine, product: Product | None, price: Money, is_taxed: bool, rate: Decimal
) -> PaperLine:
    return PaperLine(
        product_id=line.product_id,
        name=line.name or (product.name if product else ""),
        quantity=line.quantity,
        unit=line.unit or (product.unit if product else "件"),
        unit_price=price,
        is_taxed=is_taxed,
        discount=line.discount,
        tax_rate=rate,
        is_optional=line.is_optional,
        cost_inquiry_id=line.cost_inquiry_id,
        note=line.note,
    )


async def _price(
    work: Work,
    line: GivenLine,
    product: Product | None,
    customer_id: str | None,
    currency: str,
    on: date,
) -> tuple[Money | None, bool]:
    """The price as typed, else the one that applies; and whether it holds tax."""
    if line.unit_price is not None:
        return Money(line.unit_price, currency), bool(line.is_taxed)
    if product is None:
        return None, False
    return await applicable_price(work, product, customer_id, currency, on)


def _tax_rate(
    line: GivenLine, product: Product | None, known: dict[str, Decimal]
) -> Decimal | None:
    """A rate in force; the one of the product's category unless another is typed."""
    if line.tax_rate is not None:
        return line.tax_rate if line.tax_rate in known.values() else None
    return known.get(product.tax_code) if product else None


def _wrong(line: GivenLine, product: Product | None, pointer: str) -> FieldError | None:
    if line.product_id is None:
        return None
    if product is None:
        return copies.unknown(f"{pointer}/product_id", "产品", "product")
    if product.is_withdrawn:
        return copies.field_error(f"{pointer}/product_id", "withdrawn", "已停售", "is withdrawn")
    return None


def _no_price(place: int) -> FieldError:
    return copies.field_error(
        f"/lines/{place}/unit_price",
        "no-price",
        "没有适用的价格，请填写",
        "no price applies: give one",
    )


def _no_rate(place: int, on: date) -> FieldError:
    return copies.field_error(
        f"/lines/{place}/tax_rate",
        "not-in-force",
        f"{on} 没有这个税率，见 /tax-rates",
        f"is no rate in force on {on}; see /tax-rates",
    )


def _too_large(place: int) -> FieldError:
    return copies.field_error(
        f"/lines/{place}/quantity", "too-large", "金额过大", "makes the amount too large"
    )
