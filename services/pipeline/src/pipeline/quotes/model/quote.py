"""The quote 报价 itself: one revision at a time is worked on; earlier ones stay as issued.

    draft → submitted → approved → sent → accepted → superseded
      ↑        │ refused    │        ├──→ rejected
      └────────┴────────────┘        └──→ expired        (withdrawn: from any but accepted)

Whatever changes price, term or quantity leads back to `draft`, and nothing but `approved`, for
exactly what it says, is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from chassis.facts import Aggregate
from chassis.problems import CHINESE, ENGLISH

from pipeline.approvals.model import fingerprint_of
from pipeline.quotes.model import facts
from pipeline.quotes.model.assessment import Assessment, Basis, assess
from pipeline.quotes.model.offer import Offer, changed_in
from pipeline.quotes.model.refusals import QuoteIssued, QuoteNotApproved, QuoteSettled
from pipeline.taxes.model import Taxed

DRAFT, SUBMITTED, APPROVED, REFUSED = "draft", "submitted", "approved", "refused"
SENT, ACCEPTED, REJECTED, EXPIRED = "sent", "accepted", "rejected", "expired"
WITHDRAWN, SUPERSEDED = "withdrawn", "superseded"
UNISSUED = (DRAFT, SUBMITTED, APPROVED, REFUSED)
_CHINESE = {
    DRAFT: "草稿",
    SUBMITTED: "审批中",
    APPROVED: "已批准",
    REFUSED: "被拒绝",
    SENT: "已发出",
    ACCEPTED: "已接受",
    REJECTED: "未接受",
    EXPIRED: "已过期",
    WITHDRAWN: "已撤回",
    SUPERSEDED: "已被取代",
}


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A revision as it was left when the next one was begun. It keeps its prices."""

    number: int
    offer: Offer
    bases: list[Basis]
    status: str
    sent_on: date | None = None


@dataclass(kw_only=True)
class Quote(Aggregate):
    """`approved_fingerprint` is that of the offer which was approved, if this one was."""

    TYPE: ClassVar[str] = "quote"

    number: str
    title: str
    customer_id: str
    opportunity_id: str | None = None
    revision: int = 1
    status: str = DRAFT
    offer: Offer
    bases: list[Basis]
    earlier: list[Revision] = field(default_factory=list)
    submitted_by: str | None = None
    approved_fingerprint: str | None = None
    approved_by: str | None = None
    comment: str | None = None
    sent_on: date | None = None
    accepted_on: date | None = None
    reject_reasons: list[str] = field(default_factory=list)

    @property
    def total(self) -> Taxed:
        return self.offer.total

    @property
    def fingerprint(self) -> str:
        """The same as long as price, quantity and terms are."""
        return fingerprint_of(self.id, self.revision, self.offer)

    @property
    def assessment(self) -> Assessment:
        return assess(self.offer, self.bases)

    def revision_numbered(self, number: int) -> Revision | None:
        """An earlier revision, or the present one."""
        if number == self.revision:
            return self._present()
        return next((one for one in self.earlier if one.number == number), None)

    # Until it is issued

    def change(self, offer: Offer, bases: Sequence[Basis]) -> bool:
        """Another offer. True if that makes an approval void, asked for or given."""
        self._require_unissued()
        changed = changed_in(self.offer, offer)
        if not changed:
            return False
        previous, previous_status = self.offer, self.status
        self.offer, self.bases = offer, list(bases)
        self.status, self.approved_fingerprint, self.approved_by = DRAFT, None, None
        self.record(
            facts.QuoteChanged(previous=previous, previous_status=previous_status, changed=changed)
        )
        return previous_status in (SUBMITTED, APPROVED)

    def submit(self, by: str, bases: Sequence[Basis]) -> None:
        """Judged by list prices, floor prices and costs as they are now."""
        self._require(DRAFT, REFUSED)
        self.bases = list(bases)
        self.status, self.submitted_by, self.comment = SUBMITTED, by, None
        self.record(facts.QuoteSubmitted(fingerprint=self.fingerprint))

    def approve_by_rule(self) -> None:
        """Nobody has to be asked about such a quote."""
        self._require(SUBMITTED)
        self._approve(None, is_by_rule=True)

    def approve(self, fingerprint: str, by: str | None, comment: str | None) -> None:
        """Raises QuoteNotApproved if it says something else than what was approved."""
        self._require(SUBMITTED)
        if fingerprint != self.fingerprint:
            raise QuoteNotApproved(
                {CHINESE: "提交审批后内容有变", ENGLISH: "it was changed after it was submitted"}
            )
        self.comment = comment
        self._approve(by, is_by_rule=False)

    def refuse(self, by: str | None, comment: str | None) -> None:
        self._require(SUBMITTED)
        self.status, self.comment = REFUSED, comment
        self.record(facts.QuoteRefused(refused_by=by, comment=comment))

    def take_back(self, outcome: str, by: str | None, comment: str | None) -> None:
        """Returned for change 退回, recalled 撤回, or its approval is void: a draft again."""
        if self.status not in (SUBMITTED, APPROVED):
            return
        self.status, self.approved_fingerprint, self.approved_by = DRAFT, None, None
        self.comment = comment
        self.record(facts.QuoteReturned(outcome=outcome, returned_by=by, comment=comment))

    def send(self, on: date) -> None:
        """No quote leaves unapproved, at any stage. Raises QuoteNotApproved."""
        self._require_unissued()
        if self.status != APPROVED or self.approved_fingerprint != self.fingerprint:
            raise QuoteNotApproved(self._words())
        if on > self.offer.valid_until:
            raise QuoteSettled(
                {
                    CHINESE: f"有效期至 {self.offer.valid_until}，已过",
                    ENGLISH: f"it was valid until {self.offer.valid_until}",
                }
            )
        self.status, self.sent_on = SENT, on
        self.record(facts.QuoteSent(sent_on=on))

    # Once it is issued

    def accept(self, on: date) -> None:
        self._require(SENT)
        self.status, self.accepted_on = ACCEPTED, on
        self.record(facts.QuoteAccepted(accepted_on=on))

    def reject(self, reasons: list[str], note: str | None) -> None:
        self._require(SENT)
        self.status, self.reject_reasons, self.comment = REJECTED, reasons, note
        self.record(facts.QuoteRejected(reasons=reasons, note=note))

    def expire(self) -> None:
        if self.status == SENT:
            self.status = EXPIRED
            self.record(facts.QuoteExpired())

    def withdraw(self, reason: str) -> bool:
        """Take it back, issued or not. True if an approval was asked for or given."""
        self._require(*UNISSUED, SENT)
        previous, self.status, self.comment = self.status, WITHDRAWN, reason
        self.record(facts.QuoteWithdrawn(reason=reason, previous_status=previous))
        return previous in (SUBMITTED, APPROVED)

    def supersede(self, by: str) -> None:
        """Another quote of the same deal was accepted."""
        self._require(ACCEPTED)
        self.status = SUPERSEDED
        self.record(facts.QuoteSuperseded(superseded_by=by))

    def revise(self) -> None:
        """Begin the next revision 版本, with the offer of this one to start from."""
        if self.status in UNISSUED:
            raise QuoteSettled(
                {CHINESE: "尚未发出，可直接修改", ENGLISH: "it was not issued: just change it"}
            )
        self._require(SENT, REJECTED, EXPIRED, WITHDRAWN)
        previous, previous_status = self.revision, self.status
        self.earlier.append(self._present())
        self.revision, self.status = previous + 1, DRAFT
        self.approved_fingerprint = self.approved_by = self.submitted_by = None
        self.comment = self.sent_on = None
        self.reject_reasons = []
        self.record(facts.QuoteRevised(previous_revision=previous, previous_status=previous_status))

    def _present(self) -> Revision:
        return Revision(
            number=self.revision,
            offer=self.offer,
            bases=list(self.bases),
            status=self.status,
            sent_on=self.sent_on,
        )

    def _approve(self, by: str | None, *, is_by_rule: bool) -> None:
        self.status, self.approved_fingerprint, self.approved_by = APPROVED, self.fingerprint, by
        self.record(
            facts.QuoteApproved(fingerprint=self.fingerprint, approved_by=by, is_by_rule=is_by_rule)
        )

    def _require_unissued(self) -> None:
        if self.status not in UNISSUED:
            raise QuoteIssued(self._words())

    def _require(self, *statuses: str) -> None:
        if self.status not in statuses:
            raise QuoteSettled(self._words(), members={"current_status": self.status})

    def _words(self) -> dict[str, str]:
        return {
            CHINESE: f"报价{_CHINESE[self.status]}",
            ENGLISH: f"the quote is {self.status}",
        }


def draft_quote(
    *,
    identifier: str,
    number: str,
    title: str,
    customer_id: str,
    opportunity_id: str | None,
    owner_id: str,
    team_id: str | None,
    region: str | None,
    collaborator_ids: list[str],
    offer: Offer,
    bases: Sequence[Basis],
) -> Quote:
    """A new quote; its rights are those of its deal, where it has one."""
    quote = Quote(
        id=identifier,
        key=customer_id,
        number=number,
        title=title,
        customer_id=customer_id,
        opportunity_id=opportunity_id,
        owner_id=owner_id,
        team_id=team_id,
        region=region,
        collaborator_ids=collaborator_ids,
        rights_of=f"opportunity:{opportunity_id}" if opportunity_id else None,
        offer=offer,
        bases=list(bases),
    )
    quote.record(facts.QuoteDrafted())
    return quote
