"""What things cost: tax and exchange rates, lines of papers, price lists, quotes."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from contracts.envelope import Event, event
from contracts.pipeline.deals import ProductProfile
from contracts.values import CustomerId, Money, OpportunityId, ProductId, StaffId

__all__ = [
    "AgreedPriceEnded",
    "AgreedPriceProposed",
    "AgreedPriceSettled",
    "CostInquiryAnswered",
    "CostInquiryAsked",
    "CostInquiryClosed",
    "ExchangeRateCorrected",
    "ExchangeRateSet",
    "InquiredCostChanged",
    "PaperLine",
    "PaperTerms",
    "PriceEntry",
    "PriceListChanged",
    "PriceListDrafted",
    "PriceListEnded",
    "PriceListPublished",
    "PriceListTerms",
    "ProductCostChanged",
    "ProductFloorChanged",
    "ProductLineChanged",
    "ProductLineRecorded",
    "ProductUpdated",
    "QuoteAccepted",
    "QuoteApproved",
    "QuoteBearer",
    "QuoteChanged",
    "QuoteDrafted",
    "QuoteExpired",
    "QuoteOffer",
    "QuoteRefused",
    "QuoteRejected",
    "QuoteReturned",
    "QuoteRevised",
    "QuoteSent",
    "QuoteSubmitted",
    "QuoteSuperseded",
    "QuoteWithdrawn",
    "SellingEntityActivated",
    "SellingEntityChanged",
    "SellingEntityProfile",
    "SellingEntityRegistered",
    "TaxRateEnded",
    "TaxRateSet",
    "TaxedAmount",
]


class TaxedAmount(msgspec.Struct, frozen=True, kw_only=True):
    """Without tax, the tax, with tax: `net + tax = gross`."""

    net: Money
    tax: Money
    gross: Money


class PaperLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a quote, contract or order, with its amounts after every discount.

    `unit_price` holds tax if `is_taxed`; `discount` is a share of 1; `allowance` is the line's
    part, tax included, of what was taken off the whole. Optional lines are in no total.
    """

    product_id: ProductId | None = None
    name: str
    quantity: Decimal
    unit: str
    unit_price: Money
    is_taxed: bool = False
    discount: Decimal = Decimal(0)
    tax_rate: Decimal
    allowance: Decimal = Decimal(0)
    is_optional: bool = False
    cost_inquiry_id: str | None = None
    note: str | None = None
    net: Money
    tax: Money
    gross: Money


@event("tax_rate", "set")
class TaxRateSet(Event, frozen=True, kw_only=True):
    """A category of value-added tax 增值税 has this rate from a day on, until its next one."""

    tax_rate_id: str
    code: str
    name: str
    rate: Decimal
    valid_from: date


@event("tax_rate", "ended")
class TaxRateEnded(Event, frozen=True, kw_only=True):
    tax_rate_id: str
    code: str
    rate: Decimal
    valid_to: date
    previous_valid_to: date | None


@event("exchange_rate", "set")
class ExchangeRateSet(Event, frozen=True, kw_only=True):
    """One unit of `currency` is worth `rate` of `into`, the company's, from the day `on`."""

    exchange_rate_id: str
    currency: str
    into: str
    rate: Decimal
    on: date
    source: str | None = None


@event("exchange_rate", "corrected")
class ExchangeRateCorrected(Event, frozen=True, kw_only=True):
    exchange_rate_id: str
    currency: str
    into: str
    on: date
    rate: Decimal
    previous_rate: Decimal
    reason: str


@event("product", "updated")
class ProductUpdated(Event, frozen=True, kw_only=True):
    """`previous` holds the values before, of the fields that `changed`."""

    product_id: ProductId
    profile: ProductProfile
    previous: dict[str, Any]
    changed: list[str]


@event("product_floor", "changed")
class ProductFloorChanged(Event, frozen=True, kw_only=True):
    """The floor price 底价, without tax; its readers are those with the right to it."""

    product_id: ProductId
    floor_price: Money | None
    previous_floor_price: Money | None


@event("product_cost", "changed")
class ProductCostChanged(Event, frozen=True, kw_only=True):
    """The standard cost 标准成本, without tax; its readers are those with the right to it."""

    product_id: ProductId
    standard_cost: Money | None
    previous_standard_cost: Money | None


class PaperTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Delivery, payment and warranty terms, and the annex, in Chinese and in English."""

    delivery: str | None = None
    payment: str | None = None
    warranty: str | None = None
    annex: str | None = None
    delivery_en: str | None = None
    payment_en: str | None = None
    warranty_en: str | None = None
    annex_en: str | None = None


class SellingEntityProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A company of ours as it stands on papers."""

    name: str
    name_en: str | None = None
    tax_number: str | None = None
    address: str | None = None
    address_en: str | None = None
    phone: str | None = None
    bank_name: str | None = None
    bank_name_en: str | None = None
    bank_account: str | None = None
    swift_code: str | None = None
    terms: PaperTerms


@event("selling_entity", "registered")
class SellingEntityRegistered(Event, frozen=True, kw_only=True):
    selling_entity_id: str
    code: str
    profile: SellingEntityProfile


@event("selling_entity", "changed")
class SellingEntityChanged(Event, frozen=True, kw_only=True):
    selling_entity_id: str
    code: str
    profile: SellingEntityProfile
    previous: SellingEntityProfile
    changed: list[str]


@event("selling_entity", "activated")
class SellingEntityActivated(Event, frozen=True, kw_only=True):
    """Taken into use again, or, with `is_active` false, out of it."""

    selling_entity_id: str
    code: str
    is_active: bool


class QuoteBearer(msgspec.Struct, frozen=True, kw_only=True):
    """Who bears a share of the discount: `us` or a `dealer`."""

    bearer: str
    share: Decimal
    customer_id: CustomerId | None = None


class QuoteOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What a quote offers; `total` is the sum of its lines without the optional ones."""

    currency: str
    lines: list[PaperLine]
    whole_discount: Decimal = Decimal(0)
    round_down_to: Decimal | None = None
    bearers: list[QuoteBearer] = []
    valid_until: date
    terms: PaperTerms
    selling_entity_id: str | None = None
    is_formal: bool = False
    total: TaxedAmount


class _QuoteEvent(Event, frozen=True, kw_only=True):
    quote_id: str
    number: str
    revision: int
    customer_id: CustomerId
    opportunity_id: OpportunityId | None


@event("quote", "drafted")
class QuoteDrafted(_QuoteEvent, frozen=True, kw_only=True):
    title: str
    owner_id: StaffId
    offer: QuoteOffer


@event("quote", "changed")
class QuoteChanged(_QuoteEvent, frozen=True, kw_only=True):
    """Its approval, asked for or given, is void."""

    offer: QuoteOffer
    previous: QuoteOffer
    previous_status: str
    changed: list[str]


@event("quote", "submitted")
class QuoteSubmitted(_QuoteEvent, frozen=True, kw_only=True):
    """`fingerprint` is the same as long as price, quantity and terms are."""

    fingerprint: str
    total: TaxedAmount


@event("quote", "approved")
class QuoteApproved(_QuoteEvent, frozen=True, kw_only=True):
    """`is_by_rule`: nobody had to be asked."""

    fingerprint: str
    approved_by: StaffId | None = None
    is_by_rule: bool = False


@event("quote", "refused")
class QuoteRefused(_QuoteEvent, frozen=True, kw_only=True):
    refused_by: StaffId | None
    comment: str | None = None


@event("quote", "returned")
class QuoteReturned(_QuoteEvent, frozen=True, kw_only=True):
    """A draft again; `outcome` is `returned`, `recalled` or `void`."""

    outcome: str
    returned_by: StaffId | None
    comment: str | None = None


@event("quote", "sent")
class QuoteSent(_QuoteEvent, frozen=True, kw_only=True):
    """To the customer, as it stands from then on."""

    sent_on: date
    owner_id: StaffId
    offer: QuoteOffer


@event("quote", "accepted")
class QuoteAccepted(_QuoteEvent, frozen=True, kw_only=True):
    """By the customer; without tax it is what the deal is worth."""

    accepted_on: date
    owner_id: StaffId
    offer: QuoteOffer


@event("quote", "rejected")
class QuoteRejected(_QuoteEvent, frozen=True, kw_only=True):
    """By the customer."""

    reasons: list[str]
    note: str | None = None
    total: TaxedAmount


@event("quote", "expired")
class QuoteExpired(_QuoteEvent, frozen=True, kw_only=True):
    """Its validity ended without an answer."""

    total: TaxedAmount


@event("quote", "withdrawn")
class QuoteWithdrawn(_QuoteEvent, frozen=True, kw_only=True):
    reason: str
    previous_status: str


@event("quote", "revised")
class QuoteRevised(_QuoteEvent, frozen=True, kw_only=True):
    """The next revision was begun, as a draft."""

    previous_revision: int
    previous_status: str
    offer: QuoteOffer


@event("quote", "superseded")
class QuoteSuperseded(_QuoteEvent, frozen=True, kw_only=True):
    """Another quote of the deal was accepted after it."""

    superseded_by: str


class PriceListTerms(msgspec.Struct, frozen=True, kw_only=True):
    """For which tier and region (None: any), with tax or without, and when."""

    name: str
    tier: str | None = None
    region: str | None = None
    currency: str
    is_taxed: bool = False
    valid_from: date
    valid_until: date | None = None


class PriceEntry(msgspec.Struct, frozen=True, kw_only=True):
    product_id: ProductId
    price: Decimal


@event("price_list", "drafted")
class PriceListDrafted(Event, frozen=True, kw_only=True):
    price_list_id: str
    terms: PriceListTerms
    entries: list[PriceEntry]


@event("price_list", "changed")
class PriceListChanged(Event, frozen=True, kw_only=True):
    price_list_id: str
    terms: PriceListTerms
    entries: list[PriceEntry]
    previous_terms: PriceListTerms
    previous_entries: list[PriceEntry]


@event("price_list", "published")
class PriceListPublished(Event, frozen=True, kw_only=True):
    """It applies from its first day on."""

    price_list_id: str
    terms: PriceListTerms
    entries: list[PriceEntry]


@event("price_list", "ended")
class PriceListEnded(Event, frozen=True, kw_only=True):
    """`valid_until` is its last day."""

    price_list_id: str
    terms: PriceListTerms
    valid_until: date
    previous_valid_until: date | None


@event("agreed_price", "proposed")
class AgreedPriceProposed(Event, frozen=True, kw_only=True):
    """It applies to the customer only once it is agreed."""

    agreed_price_id: str
    customer_id: CustomerId
    product_id: ProductId
    price: Money
    is_taxed: bool
    valid_from: date
    valid_until: date | None
    reason: str | None = None
    proposed_by: str | None = None


@event("agreed_price", "settled")
class AgreedPriceSettled(Event, frozen=True, kw_only=True):
    """`status` is `agreed` or `refused`; without `decided_by` nobody had to be asked."""

    agreed_price_id: str
    customer_id: CustomerId
    product_id: ProductId
    price: Money
    status: str
    decided_by: StaffId | None
    comment: str | None = None


@event("agreed_price", "ended")
class AgreedPriceEnded(Event, frozen=True, kw_only=True):
    """`valid_until` is its last day."""

    agreed_price_id: str
    customer_id: CustomerId
    product_id: ProductId
    valid_until: date
    previous_valid_until: date | None
    reason: str | None = None


@event("cost_inquiry", "asked")
class CostInquiryAsked(Event, frozen=True, kw_only=True):
    """What does this cost us? Asked of a line that is not standard 非标."""

    cost_inquiry_id: str
    name: str
    specification: str
    quantity: Decimal
    unit: str
    product_id: ProductId | None
    opportunity_id: OpportunityId | None
    owner_id: StaffId
    needed_on: date | None = None


@event("cost_inquiry", "answered")
class CostInquiryAnswered(Event, frozen=True, kw_only=True):
    """There is an answer, which holds until a day; what it is, `inquired_cost` tells."""

    cost_inquiry_id: str
    opportunity_id: OpportunityId | None
    answered_by: str
    valid_until: date
    previous_valid_until: date | None


@event("cost_inquiry", "closed")
class CostInquiryClosed(Event, frozen=True, kw_only=True):
    cost_inquiry_id: str
    opportunity_id: OpportunityId | None
    reason: str


@event("inquired_cost", "changed")
class InquiredCostChanged(Event, frozen=True, kw_only=True):
    """Of a unit, without tax; its readers are those with the right to costs."""

    cost_inquiry_id: str
    unit_cost: Money | None
    floor_price: Money | None
    previous_unit_cost: Money | None
    previous_floor_price: Money | None


@event("product_line", "recorded")
class ProductLineRecorded(Event, frozen=True, kw_only=True):
    """A product line 产品线, by the name that products give as theirs."""

    product_line_id: str
    name: str
    is_core: bool


@event("product_line", "changed")
class ProductLineChanged(Event, frozen=True, kw_only=True):
    product_line_id: str
    name: str
    is_core: bool
    is_active: bool
    previous_is_core: bool
    previous_is_active: bool
