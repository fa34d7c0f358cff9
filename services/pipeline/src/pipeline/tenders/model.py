"""A tender 招投标 of a customer: our bid for it, the bond 保证金, the opening, the result.

    recorded → submitted → approved → handed_in → opened → shortlisted → won
        ↑          │ refused            │            └──────────┴──────→ lost
        └──────────┘                    └──→ (cancelled: from any that is not decided)

No bid leaves unapproved: what was approved is what is handed in. The bond has a life of its own.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed
from contracts.values import Money

from pipeline.approvals.model import fingerprint_of

RECORDED, SUBMITTED, APPROVED, HANDED_IN = "recorded", "submitted", "approved", "handed_in"
OPENED, SHORTLISTED = "opened", "shortlisted"
WON, LOST, CANCELLED = "won", "lost", "cancelled"
PREPARED = (RECORDED, SUBMITTED, APPROVED)
UNDECIDED = (*PREPARED, HANDED_IN, OPENED, SHORTLISTED)
PAID, RETURNED, FORFEITED = "paid", "returned", "forfeited"
_CHINESE = {
    RECORDED: "已登记",
    SUBMITTED: "审批中",
    APPROVED: "已批准",
    HANDED_IN: "已投标",
    OPENED: "已开标",
    SHORTLISTED: "已入围",
    WON: "已中标",
    LOST: "未中标",
    CANCELLED: "已取消",
}


@dataclass(frozen=True, kw_only=True)
class TenderTerms:
    """As the tenderer published it; `opens_at` is the opening 开标, `due_at` the last moment."""

    number: str
    title: str
    method: str = "open"
    agency: str | None = None
    due_at: datetime | None = None
    opens_at: datetime | None = None
    document_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Bid:
    """What we offer; `quote_id` is the quote behind it, where there is one."""

    amount: Money
    quote_id: str | None = None
    document_ids: list[str] = field(default_factory=list)
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Bond:
    """The bid bond; `form` is money or a letter of guarantee 保函."""

    amount: Money
    form: str = "transfer"
    paid_on: date
    due_back_on: date | None = None
    state: str = PAID
    ended_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Bidder:
    """One row of the opening or the result. `competitor_id` None and `is_us` False: by name only.

    Scores are of the tenderer's own scale.
    """

    name: str
    is_us: bool = False
    competitor_id: str | None = None
    amount: Money | None = None
    technical_score: Decimal | None = None
    commercial_score: Decimal | None = None
    total_score: Decimal | None = None
    rank: int | None = None


@dataclass(frozen=True, kw_only=True)
class TenderRecorded(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class TenderChanged(Fact):
    previous: TenderTerms
    previous_bid: Bid | None
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class BidSubmitted(Fact):
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class BidApproved(Fact):
    approved_by: str | None
    by_rule: bool


@dataclass(frozen=True, kw_only=True)
class BidRefused(Fact):
    outcome: str
    refused_by: str | None
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class BidHandedIn(Fact):
    handed_in_at: datetime


@dataclass(frozen=True, kw_only=True)
class TenderOpened(Fact):
    bidders: list[Bidder]


@dataclass(frozen=True, kw_only=True)
class TenderShortlisted(Fact):
    shortlisted_on: date
    file_id: str | None


@dataclass(frozen=True, kw_only=True)
class TenderDecided(Fact):
    """`result`: won, lost or cancelled; the award 中标通知书 is `file_id`."""

    result: str
    decided_on: date
    bidders: list[Bidder]
    file_id: str | None
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class BidBondPaid(Fact):
    bond: Bond


@dataclass(frozen=True, kw_only=True)
class BidBondEnded(Fact):
    """`state`: returned or forfeited."""

    bond: Bond
    state: str


@dataclass(frozen=True, kw_only=True)
class BidBondOverdue(Fact):
    """The day it was due back has passed."""

    bond: Bond
    due_back_on: date


class TenderStatus(Refused):
    slug = "tender-status"
    titles: ClassVar[Text] = {
        CHINESE: "招投标当前状态不允许此操作",
        ENGLISH: "The tender is not at that point",
    }


@dataclass(kw_only=True)
class Tender(Aggregate):
    TYPE: ClassVar[str] = "tender"

    customer_id: str
    opportunity_id: str
    terms: TenderTerms
    status: str = RECORDED
    bid: Bid | None = None
    approved_by: str | None = None
    handed_in_at: datetime | None = None
    bond: Bond | None = None
    bidders: list[Bidder] = field(default_factory=list)
    shortlisted_on: date | None = None
    decided_on: date | None = None
    award_file_id: str | None = None
    reason: str | None = None

    @property
    def tender_id(self) -> str:
        return self.id

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.terms, self.bid)

    def change(self, terms: dict[str, Any], bid: Bid | None) -> bool:
        """Until it is handed in; whatever changes has to be approved anew. Whether it changed."""
        self._require(*PREPARED)
        before, bid_before = self.terms, self.bid
        self.terms, self.bid = replace(before, **terms), bid or bid_before
        changed = [
            name
            for name in before.__dataclass_fields__
            if getattr(before, name) != getattr(self.terms, name)
        ]
        if self.bid != bid_before:
            changed.append("bid")
        if not changed:
            return False
        self.status, self.approved_by = RECORDED, None
        self.record(TenderChanged(previous=before, previous_bid=bid_before, changed=changed))
        return True

    def submit(self) -> Bid:
        """Ask for approval of the bid. Raises ValidationFailed if there is none yet."""
        self._require(RECORDED)
        if self.bid is None:
            raise _wrong("/bid", "required", "尚未填写投标内容", "there is no bid yet")
        self.status = SUBMITTED
        self.record(BidSubmitted(fingerprint=self.fingerprint))
        return self.bid

    def approve(self, by: str | None, *, by_rule: bool = False) -> None:
        if self.status == SUBMITTED:
            self.status, self.approved_by = APPROVED, by
            self.record(BidApproved(approved_by=by, by_rule=by_rule))

    def be_refused(self, outcome: str, by: str | None, reason: str | None) -> None:
        if self.status in (SUBMITTED, APPROVED):
            self.status, self.approved_by = RECORDED, None
            self.record(BidRefused(outcome=outcome, refused_by=by, reason=reason))

    def hand_in(self, at: datetime) -> None:
        """The bid has left the house. Raises TenderStatus unless just this was approved."""
        self._require(APPROVED)
        if self.terms.due_at is not None and at > self.terms.due_at:
            raise _wrong("/handed_in_at", "too-late", "晚于投标截止时间", "is after the due time")
        self.status, self.handed_in_at = HANDED_IN, at
        self.record(BidHandedIn(handed_in_at=at))

    def open(self, bidders: list[Bidder]) -> None:
        """The bids were opened 开标: who bid, and how much."""
        self._require(HANDED_IN)
        self.status, self.bidders = OPENED, self._with_us(bidders)
        self.record(TenderOpened(bidders=self.bidders))

    def shortlist(self, on: date, file_id: str | None) -> None:
        """We are among those who are left 入围."""
        self._require(HANDED_IN, OPENED)
        self.status, self.shortlisted_on = SHORTLISTED, on
        self.record(TenderShortlisted(shortlisted_on=on, file_id=file_id))

    def decide(
        self,
        result: str,
        on: date,
        *,
        bidders: list[Bidder],
        file_id: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Won 中标, lost, or cancelled by the tenderer or by us."""
        if result == CANCELLED:
            self._require(*UNDECIDED)
        else:
            self._require(HANDED_IN, OPENED, SHORTLISTED)
        if bidders:
            self.bidders = self._with_us(bidders)
        self.status, self.decided_on = result, on
        self.award_file_id, self.reason = file_id, reason
        self.record(
            TenderDecided(
                result=result,
                decided_on=on,
                bidders=self.bidders,
                file_id=file_id,
                reason=reason,
            )
        )

    def pay_bond(self, bond: Bond) -> None:
        if self.bond is not None and self.bond.state == PAID:
            raise _wrong("/amount", "paid-already", "保证金已缴纳", "the bond is paid already")
        self.bond = bond
        self.record(BidBondPaid(bond=bond))

    def end_bond(self, state: str, on: date, reason: str | None) -> None:
        """It came back 退还, or was kept by the tenderer 没收."""
        bond = self._paid_bond()
        if on < bond.paid_on:
            raise _wrong("/on", "too-early", "早于缴纳日期", "is before it was paid")
        self.bond = replace(bond, state=state, ended_on=on, reason=reason)
        self.record(BidBondEnded(bond=self.bond, state=state))

    def miss_bond(self) -> None:
        """It should be back by now."""
        if self.bond is not None and self.bond.state == PAID and self.bond.due_back_on:
            self.record(BidBondOverdue(bond=self.bond, due_back_on=self.bond.due_back_on))

    def _paid_bond(self) -> Bond:
        if self.bond is None or self.bond.state != PAID:
            raise _wrong("/bond", "not-paid", "没有未结的保证金", "there is no bond outstanding")
        return self.bond

    def _with_us(self, bidders: list[Bidder]) -> list[Bidder]:
        if sum(one.is_us for one in bidders) != 1:
            raise _wrong("/bidders", "us-once", "须恰有一行为我方", "has us exactly once")
        return bidders

    def _require(self, *statuses: str) -> None:
        if self.status not in statuses:
            raise TenderStatus(
                {CHINESE: f"状态：{_CHINESE[self.status]}", ENGLISH: f"it is {self.status}"},
                members={"current_status": self.status},
            )


def record_tender(
    *,
    identifier: str,
    customer_id: str,
    opportunity_id: str,
    owner_id: str,
    team_id: str | None,
    region: str | None,
    collaborator_ids: list[str],
    terms: TenderTerms,
    bid: Bid | None,
) -> Tender:
    tender = Tender(
        id=identifier,
        key=customer_id,
        owner_id=owner_id,
        team_id=team_id,
        region=region,
        collaborator_ids=collaborator_ids,
        rights_of=f"opportunity:{opportunity_id}",
        customer_id=customer_id,
        opportunity_id=opportunity_id,
        terms=terms,
        bid=bid,
    )
    tender.record(TenderRecorded())
    return tender


def _wrong(pointer: str, code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(FieldError(pointer, code, {CHINESE: zh, ENGLISH: en}))
