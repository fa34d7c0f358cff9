"""A refused move 推进被拒, kept as a record of its own: the deal itself is not changed by it."""

from dataclasses import dataclass, field
from typing import ClassVar

from chassis.facts import Aggregate
from chassis.ids import stable_id

from pipeline.opportunities.model.facts import GateRefusalRecorded
from pipeline.opportunities.model.opportunity import Opportunity
from pipeline.opportunities.model.refusals import GateClosed


@dataclass(kw_only=True)
class GateRefusal(Aggregate):
    """One per deal, gate and set of missing milestones, however often it is tried."""

    TYPE: ClassVar[str] = "gate_refusal"

    opportunity_id: str
    from_stage: int
    to_stage: int
    missing: list[str] = field(default_factory=list)

    @property
    def refusal_id(self) -> str:
        return self.id


def refusal_id(deal: Opportunity, closed: GateClosed) -> str:
    gate = f"{closed.from_stage}-{closed.to_stage}"
    return stable_id("gate_refusal", deal.id, gate, *closed.missing)


def record_refusal(deal: Opportunity, closed: GateClosed) -> GateRefusal:
    refusal = GateRefusal(
        id=refusal_id(deal, closed),
        key=deal.key,
        owner_id=deal.owner_id,
        team_id=deal.team_id,
        region=deal.region,
        collaborator_ids=list(deal.collaborator_ids),
        rights_of=deal.reference,
        opportunity_id=deal.id,
        from_stage=closed.from_stage,
        to_stage=closed.to_stage,
        missing=closed.missing,
    )
    refusal.record(
        GateRefusalRecorded(
            from_stage=closed.from_stage, to_stage=closed.to_stage, missing=closed.missing
        )
    )
    return refusal
