"""What a client may say about deals."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from chassis.http import Amount, MoneyIn, RequestModel
from pydantic import Field, field_validator, model_validator

from pipeline.opportunities.history import Past
from pipeline.opportunities.model import CreditShare, DealContact, Party
from pipeline.requests import Day, Identifier, LineIn, PositiveMoney, Reason

Intent = Literal["none", "weak", "medium", "strong", "confirmed"]
ForecastCall = Literal["commit", "best_case", "pipeline"]
PurchaseMethod = Literal["tender", "comparison", "single_source"]
PartyRole = Literal[
    "contract_party", "end_user", "dealer", "design_institute", "general_contractor"
]
LostReason = Literal[
    "price",
    "specification",
    "relationship",
    "lead_time",
    "terms",
    "technical_score",
    "commercial_score",
    "project_cancelled",
    "no_decision",
    "withdrew",
    "no_intent",
]
StageIn = Annotated[int, Field(ge=1, le=50)] | Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
Text = Annotated[str, Field(max_length=2000)]
Stance = Annotated[int, Field(ge=-2, le=2)]


class PartyIn(RequestModel):
    role: PartyRole
    customer_id: Identifier | None = None
    name: str | None = Field(None, min_length=1, max_length=200)

    @model_validator(mode="after")
    def _is_somebody(self) -> "PartyIn":
        if self.customer_id is None and self.name is None:
            raise ValueError("a party is a customer or has a name")
        return self


class DealContactIn(RequestModel):
    contact_id: Identifier
    stance: Stance | None = None


class Changes(RequestModel):
    """Terms of a deal, each of them optional; what is not named stays as it is."""

    name: str | None = Field(None, min_length=1, max_length=200)
    customer_id: Identifier | None = None
    amount: MoneyIn | None = None
    is_taxed: bool = False
    product_id: Identifier | None = None
    lines: list[LineIn] = Field(default=[], max_length=200)
    parties: list[PartyIn] = Field(default=[], max_length=50)
    contacts: list[DealContactIn] = Field(default=[], max_length=100)
    competitors: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        default=[], max_length=50
    )
    expected_close_on: Day | None = None
    probability: Annotated[Amount, Field(ge=0, le=1)] | None = None
    forecast_call: ForecastCall | None = None
    collaborator_ids: list[Identifier] = Field(default=[], max_length=50)
    need: Text | None = None
    purpose: Text | None = None
    budget_range: Annotated[str, Field(max_length=200)] | None = None
    purchase_on: Day | None = None
    purchase_method: PurchaseMethod | None = None
    next_step: Text | None = None
    next_step_on: Day | None = None

    @field_validator("amount")
    @classmethod
    def _not_negative(cls, amount: MoneyIn | None) -> MoneyIn | None:
        if amount is not None and amount.amount < 0:
            raise ValueError("the amount of a deal is not negative")
        return amount

    @model_validator(mode="after")
    def _makes_sense(self) -> "Changes":
        if len({line.value.amount.currency for line in self.lines}) > 1:
            raise ValueError("the lines of a deal are in one currency")
        return self

    def values(self) -> dict[str, Any]:
        """What was said, as values of the model."""
        said = {
            name: getattr(self, name)
            for name in Changes.model_fields
            if name in self.model_fields_set
        }
        translated: dict[str, Any] = {
            "amount": lambda money: money and money.value,
            "lines": lambda lines: [line.value for line in lines],
            "parties": lambda parties: [Party(**party.model_dump()) for party in parties],
            "contacts": lambda people: [DealContact(**person.model_dump()) for person in people],
        }
        return {
            name: translated[name](value) if name in translated else value
            for name, value in said.items()
        }


class ChangesIn(Changes):
    @model_validator(mode="after")
    def _keeps_a_name(self) -> "ChangesIn":
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("a deal keeps a name")
        return self


class OpportunityIn(Changes):
    """A new deal. `history` (with the right to it) is one that began, and perhaps ended, before."""

    name: str = Field(min_length=1, max_length=200)
    template: str = Field("standard", pattern=r"^[a-z_]{1,40}$")
    stage: StageIn | None = None
    owner_id: Identifier | None = None
    intent: Intent = "none"
    buyer_stage: int | None = Field(None, ge=1, le=50)
    opened_on: Day | None = None
    external_id: str | None = Field(None, min_length=1, max_length=64)
    history: bool = False
    status: Literal["open", "won", "lost"] = "open"
    closed_on: Day | None = None
    won_amount: PositiveMoney | None = None
    lost_reasons: list[LostReason] = Field(default=[], max_length=11)

    @model_validator(mode="after")
    def _ends_only_in_history(self) -> "OpportunityIn":
        if self.status != "open" and not self.history:
            raise ValueError("only history is won or lost already")
        if self.history and self.external_id is None:
            raise ValueError("history has an external_id, by which a second import finds it")
        if self.status != "open" and self.closed_on is None:
            raise ValueError("what is won or lost has a closed_on")
        if self.status == "won" and (self.won_amount is None or self.customer_id is None):
            raise ValueError("what is won has a won_amount and a customer_id")
        return self

    def past(self) -> Past:
        """What history says, where this is history."""
        return Past(
            external_id=self.external_id or "",
            template=self.template,
            stage=self.stage,
            owner_id=self.owner_id,
            opened_on=self.opened_on,
            status=self.status,
            closed_on=self.closed_on,
            won_amount=self.won_amount.value if self.won_amount else None,
            lost_reasons=list(self.lost_reasons),
        )


class AdvanceIn(RequestModel):
    """The stage to move to, by number or code; the next one if none is named."""

    stage: StageIn | None = None


class VersionIn(RequestModel):
    """`stages`: which new stage takes the place of one that is gone, by code."""

    version: int | None = Field(None, ge=1, le=1_000_000)
    stages: dict[
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")],
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")],
    ] = Field(default={}, max_length=50)
    dry_run: bool = False


class BatchAdvanceIn(RequestModel):
    """One move of a queue; `command_id` is the phone's own, by which it has one effect."""

    id: Identifier
    stage: StageIn | None = None
    command_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")] | None = None


class WinIn(RequestModel):
    amount: PositiveMoney | None = None
    closed_on: Day | None = None


class LoseIn(RequestModel):
    reasons: list[LostReason] = Field(min_length=1, max_length=11)
    note: Text | None = None
    winner: str | None = Field(None, max_length=200)
    closed_on: Day | None = None


class MoveBackIn(RequestModel):
    stage: StageIn
    reason: Reason


class ReasonIn(RequestModel):
    reason: Reason


class ParkIn(RequestModel):
    wake_on: Day
    reason: Reason | None = None


class IntentIn(RequestModel):
    intent: Intent
    reason: Reason | None = None


class StatementIn(RequestModel):
    """What a contact said at the visit or follow-up that is the evidence."""

    contact_id: Identifier
    text: Annotated[str, Field(min_length=1, max_length=1000)]


class BuyerStageIn(RequestModel):
    """`evidence`: the id of a fact on record about the deal or its customer."""

    buyer_stage: int = Field(ge=1, le=50)
    evidence: str = Field(min_length=1, max_length=200)
    statement: StatementIn | None = None


class WaiveIn(RequestModel):
    milestones: list[Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]] = Field(
        min_length=1, max_length=50
    )
    reason: Reason


class OwnerIn(RequestModel):
    owner_id: Identifier


class CreditShareIn(RequestModel):
    staff_id: Identifier
    percent: Annotated[Decimal, Field(gt=0, le=100, decimal_places=2, allow_inf_nan=False)]


class CreditIn(RequestModel):
    """Who is credited with what part of the deal, in percent; a hundred in all."""

    shares: list[CreditShareIn] = Field(min_length=1, max_length=50)

    @property
    def values(self) -> list[CreditShare]:
        return [CreditShare(**share.model_dump()) for share in self.shares]


class LinkIn(RequestModel):
    evidence: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        min_length=1, max_length=50
    )
