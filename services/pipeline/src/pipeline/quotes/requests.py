"""Quotes as clients give them."""

from decimal import Decimal
from typing import Annotated, Literal

from chassis.http import RequestModel
from pydantic import Field, model_validator

from pipeline.entities.model import PaperTerms
from pipeline.pricing.requests import Currency, PaperLinesIn, Share
from pipeline.quotes.drafting import GivenOffer
from pipeline.quotes.model import Bearer
from pipeline.requests import Day, Identifier, Reason

Text = Annotated[str, Field(min_length=1, max_length=4000)]
Step = Annotated[Decimal, Field(gt=0, le=100_000, decimal_places=1, allow_inf_nan=False)]
RejectReason = Literal[
    "price", "specification", "relationship", "lead_time", "terms", "project_cancelled", "other"
]


class TermsIn(RequestModel):
    """What is left out is the selling entity's."""

    delivery: Text | None = None
    payment: Text | None = None
    warranty: Text | None = None
    annex: Text | None = None
    delivery_en: Text | None = None
    payment_en: Text | None = None
    warranty_en: Text | None = None
    annex_en: Text | None = None


class BearerIn(RequestModel):
    bearer: Literal["us", "dealer"]
    share: Annotated[Decimal, Field(gt=0, le=1, decimal_places=4, allow_inf_nan=False)]
    customer_id: Identifier | None = None


class OfferIn(RequestModel):
    """What may be changed of a quote that was not issued. Lines are given all together."""

    currency: Currency | None = None
    lines: PaperLinesIn | None = None
    whole_discount: Share | None = None
    round_down_to: Step | None = None
    bearers: Annotated[list[BearerIn], Field(max_length=10)] | None = None
    valid_until: Day | None = None
    terms: TermsIn | None = None
    selling_entity_id: Identifier | None = None
    is_formal: bool | None = None

    @property
    def offer(self) -> GivenOffer:
        emptied = {
            name
            for name in ("round_down_to", "selling_entity_id")
            if name in self.model_fields_set and getattr(self, name) is None
        }
        return GivenOffer(
            currency=self.currency,
            lines=None if self.lines is None else [line.value for line in self.lines],
            whole_discount=self.whole_discount,
            round_down_to=self.round_down_to,
            bearers=None
            if self.bearers is None
            else [Bearer(**one.model_dump()) for one in self.bearers],
            valid_until=self.valid_until,
            terms=None if self.terms is None else PaperTerms(**self.terms.model_dump()),
            selling_entity_id=self.selling_entity_id,
            is_formal=self.is_formal,
            emptied=frozenset(emptied),
        )


class QuoteIn(OfferIn):
    """For a deal, or for a customer."""

    title: str | None = Field(None, min_length=1, max_length=200)
    customer_id: Identifier | None = None
    opportunity_id: Identifier | None = None
    lines: PaperLinesIn

    @model_validator(mode="after")
    def _is_for_somebody(self) -> "QuoteIn":
        if self.customer_id is None and self.opportunity_id is None:
            raise ValueError("a quote names a customer_id or an opportunity_id")
        return self


class SubmitIn(RequestModel):
    note: str | None = Field(None, min_length=1, max_length=1000)


class SendIn(RequestModel):
    sent_on: Day | None = None


class AcceptIn(RequestModel):
    accepted_on: Day | None = None


class RejectIn(RequestModel):
    reasons: list[RejectReason] = Field(min_length=1, max_length=7)
    note: str | None = Field(None, min_length=1, max_length=2000)


class WithdrawIn(RequestModel):
    reason: Reason
