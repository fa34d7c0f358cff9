"""Tenders: our bid, its bond, the opening, the result."""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from contracts.envelope import Event, event
from contracts.values import CustomerId, Money, OpportunityId, StaffId

__all__ = [
    "Bid",
    "BidApproved",
    "BidBond",
    "BidBondEnded",
    "BidBondOverdue",
    "BidBondPaid",
    "BidHandedIn",
    "BidRefused",
    "BidSubmitted",
    "Bidder",
    "TenderChanged",
    "TenderDecided",
    "TenderOpened",
    "TenderRecorded",
    "TenderShortlisted",
    "TenderTerms",
]


class TenderTerms(msgspec.Struct, frozen=True, kw_only=True):
    """As the tenderer published it; `opens_at` is the opening 开标, `due_at` the last moment."""

    number: str
    title: str
    method: str = "open"
    agency: str | None = None
    due_at: datetime | None = None
    opens_at: datetime | None = None
    document_ids: list[str] = []


class Bid(msgspec.Struct, frozen=True, kw_only=True):
    """What we offer; `quote_id` is the quote behind it, where there is one."""

    amount: Money
    quote_id: str | None = None
    document_ids: list[str] = []
    note: str | None = None


class BidBond(msgspec.Struct, frozen=True, kw_only=True):
    """The bid bond 投标保证金; `state` is paid, returned or forfeited."""

    amount: Money
    form: str
    paid_on: date
    due_back_on: date | None = None
    state: str = "paid"
    ended_on: date | None = None
    reason: str | None = None


class Bidder(msgspec.Struct, frozen=True, kw_only=True):
    """One row of an opening or a result; scores are of the tenderer's own scale."""

    name: str
    is_us: bool = False
    competitor_id: str | None = None
    amount: Money | None = None
    technical_score: Decimal | None = None
    commercial_score: Decimal | None = None
    total_score: Decimal | None = None
    rank: int | None = None


class _OfTender(Event, frozen=True, kw_only=True):
    tender_id: str
    opportunity_id: OpportunityId
    customer_id: CustomerId


@event("tender", "recorded")
class TenderRecorded(_OfTender, frozen=True, kw_only=True):
    owner_id: StaffId
    terms: TenderTerms
    bid: Bid | None = None


@event("tender", "changed")
class TenderChanged(_OfTender, frozen=True, kw_only=True):
    terms: TenderTerms
    bid: Bid | None
    previous: TenderTerms
    previous_bid: Bid | None
    changed: list[str]


@event("tender", "bid_submitted")
class BidSubmitted(_OfTender, frozen=True, kw_only=True):
    """For approval; `fingerprint` stands for just what is approved."""

    fingerprint: str


@event("tender", "bid_approved")
class BidApproved(_OfTender, frozen=True, kw_only=True):
    approved_by: StaffId | None
    by_rule: bool


@event("tender", "bid_refused")
class BidRefused(_OfTender, frozen=True, kw_only=True):
    """`outcome` is refused, returned, recalled or void."""

    outcome: str
    refused_by: StaffId | None
    reason: str | None


@event("tender", "bid_handed_in")
class BidHandedIn(_OfTender, frozen=True, kw_only=True):
    bid: Bid
    handed_in_at: datetime


@event("tender", "opened")
class TenderOpened(_OfTender, frozen=True, kw_only=True):
    bidders: list[Bidder]


@event("tender", "shortlisted")
class TenderShortlisted(_OfTender, frozen=True, kw_only=True):
    shortlisted_on: date
    file_id: str | None


@event("tender", "decided")
class TenderDecided(_OfTender, frozen=True, kw_only=True):
    """`result` is won, lost or cancelled; `file_id` the award 中标通知书."""

    result: str
    decided_on: date
    bidders: list[Bidder]
    file_id: str | None
    reason: str | None


@event("tender", "bond_paid")
class BidBondPaid(_OfTender, frozen=True, kw_only=True):
    bond: BidBond


@event("tender", "bond_ended")
class BidBondEnded(_OfTender, frozen=True, kw_only=True):
    """`state` is returned or forfeited."""

    bond: BidBond
    state: str


@event("tender", "bond_overdue")
class BidBondOverdue(_OfTender, frozen=True, kw_only=True):
    """The day it was due back has passed."""

    bond: BidBond
    due_back_on: date
