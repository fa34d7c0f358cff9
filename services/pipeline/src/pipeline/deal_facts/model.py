"""A deal fact 商机事实: a proposal sent, terms agreed, feasibility confirmed.

It is told once by whoever did it, and never edited: what was told wrong is withdrawn, and told
anew.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Forbidden, Refused, Text

from pipeline.opportunities.model import Opportunity

PROPOSAL, TERMS, FEASIBILITY = "proposal_sent", "terms_agreed", "feasibility_confirmed"
CONSULTANT = "consultant"


class FactWithdrawn(Refused):
    slug = "fact-withdrawn"
    titles: ClassVar[Text] = {CHINESE: "该事实已撤回", ENGLISH: "The fact was withdrawn already"}


class NotAConsultant(Forbidden):
    def __init__(self) -> None:
        super().__init__(
            {
                CHINESE: "技术可行性由咨询顾问确认",
                ENGLISH: "feasibility is confirmed by a consultant",
            }
        )


@dataclass(frozen=True, kw_only=True)
class Told:
    """What happened: when, with which contacts, and what there is to read about it."""

    kind: str
    title: str
    on: date
    contact_ids: list[str] = field(default_factory=list)
    text: str | None = None
    file_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class DealFactRecorded(Told, Fact):
    recorded_by: str


@dataclass(frozen=True, kw_only=True)
class DealFactWithdrawn(Fact):
    kind: str
    reason: str
    withdrawn_by: str


@dataclass(kw_only=True)
class DealFact(Aggregate):
    """One such fact; it proves something of its deal until it is withdrawn."""

    TYPE: ClassVar[str] = "deal_fact"

    opportunity_id: str
    customer_id: str | None = None
    told: Told
    recorded_by: str
    withdrawn_reason: str | None = None

    @property
    def evidence_id(self) -> str:
        return f"{self.told.kind}:{self.id}"

    def withdraw(self, reason: str, by: str) -> None:
        if self.withdrawn_reason is not None:
            raise FactWithdrawn
        self.withdrawn_reason = reason
        self.record(DealFactWithdrawn(kind=self.told.kind, reason=reason, withdrawn_by=by))


def record_fact(deal: Opportunity, told: Told, *, identifier: str, by: str) -> DealFact:
    """A fact about an open deal; whoever sees the deal sees it."""
    deal.require_open()
    fact = DealFact(
        id=identifier,
        key=deal.key,
        owner_id=deal.owner_id,
        team_id=deal.team_id,
        region=deal.region,
        collaborator_ids=list(deal.collaborator_ids),
        rights_of=deal.reference,
        opportunity_id=deal.id,
        customer_id=deal.customer_id,
        told=told,
        recorded_by=by,
    )
    fact.record(DealFactRecorded(**vars(told), recorded_by=by))
    return fact


def require_consultant(roles: tuple[str, ...]) -> None:
    """Whoever sells a solution does not judge whether it works. Raises NotAConsultant."""
    if CONSULTANT not in roles:
        raise NotAConsultant
