"""What a client says about contracts."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from chassis.http import Amount, RequestModel
from pydantic import Field, model_validator

from pipeline.contracts.commands import NewContract
from pipeline.contracts.model import PLAIN, PlannedMilestone, Reduction
from pipeline.pricing.model import GivenLine
from pipeline.pricing.requests import Currency, PaperLineIn
from pipeline.requests import Day, Identifier, PositiveMoney, Quantity, Reason

Trigger = Literal[
    "signing", "shipment", "arrival", "acceptance", "warranty_end", "statement", "date"
]
Status = Literal["draft", "submitted", "approved", "sent", "sealed", "ended", "discarded"]
Kind = Literal["standard", "frame", "supplement"]
Text = Annotated[str, Field(min_length=1, max_length=10_000)]
Percent = Annotated[Decimal, Field(gt=0, le=100, decimal_places=4, allow_inf_nan=False)]


class MilestoneIn(RequestModel):
    """A `share` in percent, or an `amount` with tax; due `days` after the trigger."""

    name: str = Field(min_length=1, max_length=100)
    share: Percent | None = None
    amount: Annotated[Amount, Field(gt=0)] | None = None
    trigger: Trigger
    days: int = Field(0, ge=0, le=3650)
    on: Day | None = None

    @property
    def value(self) -> PlannedMilestone:
        return PlannedMilestone(**self.model_dump())


class ReductionIn(RequestModel):
    line: Annotated[int, Field(ge=1, le=400)]
    quantity: Quantity

    @property
    def value(self) -> Reduction:
        return Reduction(line=self.line, quantity=self.quantity)


class TermsIn(RequestModel):
    """All that may be agreed; what is left out is as it was, or not agreed."""

    title: str = Field("-", min_length=1, max_length=200)
    currency: Currency = "CNY"
    lines: list[PaperLineIn] = Field(default=[], max_length=200)
    limit: PositiveMoney | None = None
    reductions: list[ReductionIn] = Field(default=[], max_length=200)
    milestones: list[MilestoneIn] = Field(default=[], max_length=50)
    replan: bool = False
    entity_id: Identifier | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None
    notice_days: int = Field(30, ge=0, le=365)
    warranty_months: int | None = Field(None, ge=1, le=240)
    delivery: Text | None = None
    payment: Text | None = None
    warranty: Text | None = None
    other: Text | None = None

    @property
    def given_lines(self) -> list[GivenLine]:
        return [line.value for line in self.lines]

    @property
    def terms(self) -> dict[str, Any]:
        """As the model has them, those that were said; lines are priced apart."""
        said = {name: getattr(self, name) for name in PLAIN if name in self.model_fields_set}
        if "limit" in self.model_fields_set:
            said["limit"] = self.limit.value if self.limit else None
        for name in ("reductions", "milestones"):
            if name in self.model_fields_set:
                said[name] = [one.value for one in getattr(self, name)]
        return said


class ContractChangeIn(TermsIn):
    """What the draft says from now on, of what it names."""


class ContractIn(TermsIn):
    """For a deal or a customer; for a contract that it supplements or renews; for a quote."""

    kind: Kind = "standard"
    quote_id: Identifier | None = None
    options: list[Annotated[int, Field(ge=1, le=200)]] = Field(default=[], max_length=200)
    customer_id: Identifier | None = None
    opportunity_id: Identifier | None = None
    base_contract_id: Identifier | None = None
    renews_id: Identifier | None = None
    owner_id: Identifier | None = None
    number: str | None = Field(None, min_length=1, max_length=40)
    external_id: str | None = Field(None, min_length=1, max_length=64)
    title: str = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _is_somebodys(self) -> "ContractIn":
        if (self.kind == "supplement") != (self.base_contract_id is not None):
            raise ValueError("a supplement, and nothing else, has a base_contract_id")
        before = self.quote_id or self.base_contract_id or self.renews_id
        if not (self.customer_id or self.opportunity_id or before):
            raise ValueError("a contract names a customer_id, an opportunity_id or a paper")
        if self.quote_id is not None and self.kind == "supplement":
            raise ValueError("a supplement has lines of its own")
        if self.quote_id is not None and (self.lines or "currency" in self.model_fields_set):
            raise ValueError("a contract takes lines and currency of its quote")
        return self

    @property
    def value(self) -> NewContract:
        return NewContract(
            kind=self.kind,
            terms=self.terms if self.quote_id else {"currency": self.currency} | self.terms,
            lines=self.given_lines,
            quote_id=self.quote_id,
            options=self.options,
            customer_id=self.customer_id,
            opportunity_id=self.opportunity_id,
            base_contract_id=self.base_contract_id,
            renews_id=self.renews_id,
            owner_id=self.owner_id,
            number=self.number,
            external_id=self.external_id,
        )


class NoteIn(RequestModel):
    note: Reason | None = None


class ReasonIn(RequestModel):
    reason: Reason


class SendIn(RequestModel):
    sent_on: Day | None = None


class SealIn(RequestModel):
    """One side's seal; the scan of the sealed contract comes with the last one at the latest."""

    party: Literal["us", "customer"]
    sealed_on: Day | None = None
    file_id: Identifier | None = None


class EndIn(RequestModel):
    ended_on: Day | None = None
    reason: Reason | None = None


class TerminateIn(RequestModel):
    ended_on: Day | None = None
    reason: Reason
