"""What is said about tenders over HTTP."""

from dataclasses import fields
from decimal import Decimal
from typing import Annotated, Any, Literal

from chassis.http import MoneyIn, RequestModel
from pydantic import Field

from pipeline.requests import Day, Identifier, Moment, PositiveMoney
from pipeline.tenders.model import Bid, Bidder, Bond, TenderTerms

Words = Annotated[str, Field(min_length=1, max_length=300)]
Score = Annotated[Decimal, Field(ge=0, le=10_000, decimal_places=4, allow_inf_nan=False)]
Documents = Annotated[list[Identifier], Field(max_length=50)]


class BidIn(RequestModel):
    amount: PositiveMoney
    quote_id: Identifier | None = None
    document_ids: Documents = []
    note: str | None = Field(None, max_length=2000)

    @property
    def value(self) -> Bid:
        return Bid(
            amount=self.amount.value,
            quote_id=self.quote_id,
            document_ids=self.document_ids,
            note=self.note,
        )


class TenderChangesIn(RequestModel):
    """Only what is named changes."""

    number: Words = "-"
    title: Words = "-"
    method: Literal["open", "invited", "negotiated", "single_source"] = "open"
    agency: Words | None = None
    due_at: Moment | None = None
    opens_at: Moment | None = None
    document_ids: Documents = []
    bid: BidIn | None = None

    @property
    def terms(self) -> dict[str, Any]:
        known = {each.name for each in fields(TenderTerms)}
        return {name: getattr(self, name) for name in self.model_fields_set & known}


class TenderIn(TenderChangesIn):
    opportunity_id: Identifier
    number: Words
    title: Words


class BidderIn(RequestModel):
    """Exactly one of them is us; scores are of the tenderer's own scale."""

    name: Words
    is_us: bool = False
    competitor_id: Identifier | None = None
    amount: MoneyIn | None = None
    technical_score: Score | None = None
    commercial_score: Score | None = None
    total_score: Score | None = None
    rank: int | None = Field(None, ge=1, le=1000)

    @property
    def value(self) -> Bidder:
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return Bidder(**values | {"amount": self.amount.value if self.amount else None})


Bidders = Annotated[list[BidderIn], Field(max_length=100)]


class NoteIn(RequestModel):
    note: str | None = Field(None, max_length=2000)


class HandInIn(RequestModel):
    handed_in_at: Moment | None = None


class OpenIn(RequestModel):
    bidders: Annotated[list[BidderIn], Field(min_length=1, max_length=100)]


class ShortlistIn(RequestModel):
    shortlisted_on: Day | None = None
    file_id: Identifier | None = None


class DecideIn(RequestModel):
    result: Literal["won", "lost", "cancelled"]
    decided_on: Day | None = None
    bidders: Bidders = []
    file_id: Identifier | None = None
    reason: str | None = Field(None, max_length=2000)


class BondIn(RequestModel):
    amount: PositiveMoney
    form: Literal["transfer", "guarantee", "insurance"] = "transfer"
    paid_on: Day
    due_back_on: Day | None = None

    @property
    def value(self) -> Bond:
        return Bond(
            amount=self.amount.value,
            form=self.form,
            paid_on=self.paid_on,
            due_back_on=self.due_back_on,
        )


class BondEndIn(RequestModel):
    on: Day | None = None
    reason: str | None = Field(None, max_length=2000)
