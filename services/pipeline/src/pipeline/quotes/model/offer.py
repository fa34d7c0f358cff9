"""What a quote offers: lines, what is taken off, terms and validity. Approved as a whole."""

from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal

from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed

from pipeline.entities.model import PaperTerms
from pipeline.pricing.model import ZERO, PaperLine, by_rate, counted, total_of
from pipeline.taxes.model import Taxed

US, DEALER = "us", "dealer"


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """Who bears a share of the discount 共同分担: ourselves or a dealer."""

    bearer: str
    share: Decimal
    customer_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Price, quantity and terms. `lines` hold their part of what is taken off the whole.

    `whole_discount` is a share of 1; `round_down_to` rounds the total off 抹零 to a multiple.
    Without `bearers` the discount is ours alone.
    """

    currency: str
    lines: list[PaperLine]
    whole_discount: Decimal = ZERO
    round_down_to: Decimal | None = None
    bearers: list[Bearer] = field(default_factory=list)
    valid_until: date
    terms: PaperTerms = field(default_factory=PaperTerms)
    selling_entity_id: str | None = None
    is_formal: bool = False

    @property
    def total(self) -> Taxed:
        return total_of(self.lines, self.currency)

    @property
    def by_rate(self) -> dict[Decimal, Taxed]:
        return by_rate(self.lines, self.currency)


def changed_in(before: Offer, after: Offer) -> list[str]:
    return sorted(
        each.name
        for each in fields(Offer)
        if getattr(before, each.name) != getattr(after, each.name)
    )


def require_offer(offer: Offer, *, discount_limit: Decimal, today: date) -> None:
    """Raises ValidationFailed with everything that no quote may say."""
    errors = [
        *_lines_wrong(offer, discount_limit),
        *_bearers_wrong(offer.bearers),
    ]
    if offer.whole_discount > discount_limit:
        errors.append(_over_limit("/whole_discount", discount_limit))
    if offer.valid_until < today:
        errors.append(_wrong("/valid_until", "in-past", "早于今天", "is before today"))
    if errors:
        raise ValidationFailed(errors)


def _lines_wrong(offer: Offer, discount_limit: Decimal) -> list[FieldError]:
    errors = [
        _over_limit(f"/lines/{place}/discount", discount_limit)
        for place, line in enumerate(offer.lines)
        if line.discount > discount_limit
    ]
    if not counted(offer.lines):
        errors.append(
            _wrong("/lines", "only-optional", "至少一行不是可选项", "has nothing but options")
        )
    return errors


def _bearers_wrong(bearers: list[Bearer]) -> list[FieldError]:
    if not bearers:
        return []
    errors = []
    if sum((one.share for one in bearers), ZERO) != 1:
        errors.append(_wrong("/bearers", "not-whole", "分担比例之和须为 1", "shares sum to 1"))
    for place, one in enumerate(bearers):
        if (one.bearer == DEALER) != (one.customer_id is not None):
            errors.append(
                _wrong(
                    f"/bearers/{place}/customer_id",
                    "dealer-by-name",
                    "经销商须指明，己方不须",
                    "names the dealer, and nobody for us",
                )
            )
    return errors


def _over_limit(pointer: str, limit: Decimal) -> FieldError:
    return _wrong(
        pointer,
        "over-discount-limit",
        f"折扣超过上限 {limit:.0%}",
        f"is over the limit of {limit:.0%}",
    )


def _wrong(pointer: str, code: str, zh: str, en: str) -> FieldError:
    return FieldError(pointer, code, {CHINESE: zh, ENGLISH: en})
