"""A price list: drawn up, published, ended; and the one order in which prices apply.

    agreed with the customer → list of tier and region → of tier → of region → for all → list price

Of two lists of the same rank the one that began last applies.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed
from contracts.values import Money

DRAFT, PUBLISHED = "draft", "published"
AGREED, TIER_AND_REGION, TIER, REGION, EVERYBODY, LIST = (
    "agreed",
    "tier_and_region",
    "tier",
    "region",
    "everybody",
    "list",
)
RANKS = (AGREED, TIER_AND_REGION, TIER, REGION, EVERYBODY, LIST)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """For which tier and region (None: any), in which currency, with tax or without, and when.

    `valid_until` belongs to it; None: until further notice.
    """

    name: str
    tier: str | None = None
    region: str | None = None
    currency: str
    is_taxed: bool = False
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    product_id: str
    price: Decimal


@dataclass(frozen=True, kw_only=True)
class PriceListDrafted(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class PriceListChanged(Fact):
    previous_terms: Terms
    previous_entries: list[Entry]


@dataclass(frozen=True, kw_only=True)
class PriceListPublished(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class PriceListEnded(Fact):
    valid_until: date
    previous_valid_until: date | None


class PriceListInForce(Refused):
    slug = "price-list-published"
    titles: ClassVar[Text] = {
        CHINESE: "价格表已发布，不能修改",
        ENGLISH: "The price list is published and is not changed any more",
    }


@dataclass(kw_only=True)
class PriceList(Aggregate):
    """Nothing published is edited: it is ended, and another one takes its place."""

    TYPE: ClassVar[str] = "price_list"

    terms: Terms
    entries: list[Entry] = field(default_factory=list)
    status: str = DRAFT
    ended_on: date | None = None

    @property
    def rank(self) -> str:
        if self.terms.tier and self.terms.region:
            return TIER_AND_REGION
        if self.terms.tier:
            return TIER
        return REGION if self.terms.region else EVERYBODY

    @property
    def valid_until(self) -> date | None:
        ends = [day for day in (self.terms.valid_until, self.ended_on) if day is not None]
        return min(ends) if ends else None

    def is_valid(self, day: date) -> bool:
        return self.terms.valid_from <= day and (
            self.valid_until is None or day <= self.valid_until
        )

    def price_of(self, product_id: str) -> Money | None:
        found = next((one for one in self.entries if one.product_id == product_id), None)
        return None if found is None else Money(found.price, self.terms.currency)

    def change(self, terms: Terms, entries: list[Entry]) -> None:
        if self.status != DRAFT:
            raise PriceListInForce
        require_sense(terms, entries)
        if (terms, entries) == (self.terms, self.entries):
            return
        previous = PriceListChanged(previous_terms=self.terms, previous_entries=self.entries)
        self.terms, self.entries = terms, entries
        self.record(previous)

    def publish(self) -> None:
        if self.status != DRAFT:
            raise PriceListInForce
        if not self.entries:
            raise ValidationFailed(_wrong("/entries", "empty", "没有价格", "there are no prices"))
        self.status = PUBLISHED
        self.record(PriceListPublished())

    def end(self, on: date) -> None:
        """`on` is its last day. Papers that were issued keep their prices."""
        if self.status != PUBLISHED or (self.valid_until is not None and on > self.valid_until):
            raise ValidationFailed(
                _wrong("/valid_until", "not-shorter", "只能缩短有效期", "does not end it earlier")
            )
        previous, self.ended_on = self.valid_until, on
        self.record(PriceListEnded(valid_until=on, previous_valid_until=previous))


def draw_up(identifier: str, terms: Terms, entries: list[Entry]) -> PriceList:
    require_sense(terms, entries)
    made = PriceList(id=identifier, key=identifier, terms=terms, entries=entries)
    made.record(PriceListDrafted())
    return made


def require_sense(terms: Terms, entries: list[Entry]) -> None:
    """Raises ValidationFailed: it ends before it begins, or prices a product twice."""
    errors: list[FieldError] = []
    if terms.valid_until is not None and terms.valid_until < terms.valid_from:
        errors.append(_wrong("/valid_until", "too-early", "早于生效日期", "is before it begins"))
    seen: set[str] = set()
    for place, entry in enumerate(entries):
        if entry.product_id in seen:
            errors.append(
                _wrong(f"/entries/{place}/product_id", "twice", "产品重复", "is priced twice")
            )
        seen.add(entry.product_id)
    if errors:
        raise ValidationFailed(errors)


# Which price applies


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A price that might apply, and why; `source` is its rank, `paper_id` what says it."""

    source: str
    price: Money
    is_taxed: bool
    why: Mapping[str, str]
    paper_id: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None


def in_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The one that applies first, then what would apply without it."""
    newest = sorted(candidates, key=lambda one: one.valid_from or date.min, reverse=True)
    return sorted(newest, key=lambda one: RANKS.index(one.source))


def why_listed(listed: PriceList) -> dict[str, str]:
    tier, region = listed.terms.tier, listed.terms.region
    zh = {
        TIER_AND_REGION: f"层级 {tier} 与区域 {region} 的价格表",
        TIER: f"层级 {tier} 的价格表",
        REGION: f"区域 {region} 的价格表",
        EVERYBODY: "通用价格表",
    }[listed.rank]
    en = {
        TIER_AND_REGION: f"the list for tier {tier} in {region}",
        TIER: f"the list for tier {tier}",
        REGION: f"the list for {region}",
        EVERYBODY: "the list for all customers",
    }[listed.rank]
    return {CHINESE: f"{zh}「{listed.terms.name}」", ENGLISH: f"{en}, “{listed.terms.name}”"}


def _wrong(pointer: str, code: str, zh: str, en: str) -> FieldError:
    return FieldError(pointer, code, {CHINESE: zh, ENGLISH: en})
