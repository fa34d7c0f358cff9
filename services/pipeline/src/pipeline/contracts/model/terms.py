"""What a contract says, and whether it can be meant: amounts, payment plan, dates."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from contracts.values import Money

from pipeline.pricing.model import PaperLine, total_of
from pipeline.taxes.model import Taxed

STANDARD, FRAME, SUPPLEMENT = "standard", "frame", "supplement"
KINDS = (STANDARD, FRAME, SUPPLEMENT)
TRIGGERS = ("signing", "shipment", "arrival", "acceptance", "warranty_end", "statement", "date")
HUNDRED = Decimal(100)
PLAIN = (
    "title",
    "currency",
    "replan",
    "entity_id",
    "starts_on",
    "ends_on",
    "notice_days",
    "warranty_months",
    "delivery",
    "payment",
    "warranty",
    "other",
)
"""Fields of the terms that are no amounts and no lists."""


@dataclass(frozen=True, kw_only=True)
class PlannedMilestone:
    """A payment milestone 回款节点 as agreed: a `share` in percent, or an amount with tax.

    It is due `days` after its trigger; the trigger `date` is the day `on`.
    """

    name: str
    share: Decimal | None = None
    amount: Decimal | None = None
    trigger: str
    days: int = 0
    on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Reduction:
    """A supplement takes so much off a line of its base contract, named by its place from 1."""

    line: int
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class Terms:
    """All that is agreed. `limit` bounds the call-offs of a frame contract, with tax.

    Of a supplement, `lines` and `limit` are added to the base contract and `reductions` taken off;
    `replan`: its milestones also take the place of those that are not due yet.
    """

    title: str
    currency: str
    lines: list[PaperLine] = field(default_factory=list)
    limit: Money | None = None
    reductions: list[Reduction] = field(default_factory=list)
    milestones: list[PlannedMilestone] = field(default_factory=list)
    replan: bool = False
    entity_id: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    notice_days: int = 30
    warranty_months: int | None = None
    delivery: str | None = None
    payment: str | None = None
    warranty: str | None = None
    other: str | None = None

    @property
    def total(self) -> Taxed:
        return total_of(self.lines, self.currency)


def require_sound(kind: str, terms: Terms) -> None:
    """Raises ValidationFailed with everything that cannot be meant."""
    errors = [*_wrong_substance(kind, terms), *_wrong_plan(kind, terms)]
    for place, line in enumerate(terms.lines):
        if line.currency != terms.currency:
            errors.append(
                _error(f"/lines/{place}", "mixed-currencies", "币种不一致", "another currency")
            )
    if terms.starts_on and terms.ends_on and terms.ends_on < terms.starts_on:
        errors.append(_error("/ends_on", "too-early", "早于开始日期", "is before it starts"))
    if errors:
        raise ValidationFailed(errors)


def changed_terms(before: Terms, after: Terms) -> list[str]:
    return [
        name
        for name in before.__dataclass_fields__
        if getattr(before, name) != getattr(after, name)
    ]


def months_after(on: date, months: int) -> date:
    """The same day so many months later, or the last one of a month that is shorter."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


def _wrong_substance(kind: str, terms: Terms) -> list[FieldError]:
    errors = [
        _error(f"/lines/{place}/is_optional", "not-chosen", "可选项须先选定", "is not chosen yet")
        for place, line in enumerate(terms.lines)
        if line.is_optional
    ]
    if kind == STANDARD and not terms.lines:
        errors.append(_error("/lines", "required", "须有明细", "needs lines"))
    if kind == FRAME and not terms.lines and terms.limit is None:
        errors.append(_error("/limit", "required", "须有明细或总额", "needs lines or a limit"))
    if kind == STANDARD and terms.limit is not None:
        errors.append(_error("/limit", "frame-only", "仅框架协议有总额", "is for frames only"))
    if terms.limit is not None and terms.limit.currency != terms.currency:
        errors.append(_error("/limit", "mixed-currencies", "币种不一致", "another currency"))
    if kind != SUPPLEMENT and (terms.reductions or terms.replan):
        errors.append(
            _error("/reductions", "supplement-only", "仅补充协议可减少", "is for supplements only")
        )
    return errors


def _wrong_plan(kind: str, terms: Terms) -> list[FieldError]:
    plan = terms.milestones
    if not plan:
        return []
    if kind == FRAME:
        # A frame owes nothing by itself: its orders are paid as they are shipped.
        return [
            _error("/milestones", "not-of-frames", "框架协议按订单回款", "are of its orders' money")
        ]
    errors = [wrong for place, one in enumerate(plan) for wrong in _wrong_milestone(place, one)]
    if errors:
        return errors
    if all(one.share is not None for one in plan):
        shares = sum((one.share for one in plan if one.share is not None), Decimal(0))
        if shares != HUNDRED:
            return [
                _error(
                    "/milestones",
                    "shares-do-not-sum",
                    f"比例合计 {shares} %，应为 100 %",
                    f"the shares sum to {shares} %, not 100 %",
                )
            ]
        return []
    if kind == SUPPLEMENT and (terms.replan or terms.reductions):
        return [_error("/milestones", "shares-needed", "须按比例填写", "are told by share here")]
    if all(one.amount is not None for one in plan):
        amounts = sum((one.amount for one in plan if one.amount is not None), Decimal(0))
        gross = terms.total.gross.amount
        if amounts != gross:
            return [
                _error(
                    "/milestones",
                    "amounts-do-not-sum",
                    f"金额合计 {amounts}，应为价税合计 {gross}",
                    f"the amounts sum to {amounts}, not to {gross} with tax",
                )
            ]
        return []
    return [
        _error("/milestones", "mixed", "比例与金额不可混用", "are all by share, or all by amount")
    ]


def _wrong_milestone(place: int, one: PlannedMilestone) -> list[FieldError]:
    pointer = f"/milestones/{place}"
    errors = []
    if (one.share is None) == (one.amount is None):
        errors.append(
            _error(pointer, "share-or-amount", "须填比例或金额之一", "has a share or an amount")
        )
    if (one.on is not None) != (one.trigger == "date"):
        errors.append(
            _error(
                f"{pointer}/on",
                "date-only",
                "仅触发条件 date 须给出日期",
                "belongs to the trigger `date`",
            )
        )
    return errors


def _error(pointer: str, code: str, zh: str, en: str) -> FieldError:
    return FieldError(pointer, code, {CHINESE: zh, ENGLISH: en})
