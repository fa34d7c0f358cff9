"""What happens to a quote. What each is about, number, revision and offer, is the quote's own."""

from dataclasses import dataclass
from datetime import date

from chassis.facts import Fact

from pipeline.quotes.model.offer import Offer


@dataclass(frozen=True, kw_only=True)
class QuoteDrafted(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class QuoteChanged(Fact):
    previous: Offer
    previous_status: str
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class QuoteSubmitted(Fact):
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class QuoteApproved(Fact):
    """`is_by_rule`: nobody had to be asked."""

    fingerprint: str
    approved_by: str | None = None
    is_by_rule: bool = False


@dataclass(frozen=True, kw_only=True)
class QuoteRefused(Fact):
    refused_by: str | None
    comment: str | None


@dataclass(frozen=True, kw_only=True)
class QuoteReturned(Fact):
    """To be changed, or taken back by who asked; `outcome`: `returned`, `recalled` or `void`."""

    outcome: str
    returned_by: str | None
    comment: str | None


@dataclass(frozen=True, kw_only=True)
class QuoteSent(Fact):
    sent_on: date


@dataclass(frozen=True, kw_only=True)
class QuoteAccepted(Fact):
    accepted_on: date


@dataclass(frozen=True, kw_only=True)
class QuoteRejected(Fact):
    reasons: list[str]
    note: str | None


@dataclass(frozen=True, kw_only=True)
class QuoteExpired(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class QuoteWithdrawn(Fact):
    reason: str
    previous_status: str


@dataclass(frozen=True, kw_only=True)
class QuoteRevised(Fact):
    previous_revision: int
    previous_status: str


@dataclass(frozen=True, kw_only=True)
class QuoteSuperseded(Fact):
    """Another quote of the deal was accepted after it."""

    superseded_by: str
