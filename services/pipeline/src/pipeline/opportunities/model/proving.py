"""What is proven of a deal, by which fact; what is doubted again, waived, or still missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pipeline.evidence.model import Evidence
from pipeline.opportunities.model import facts
from pipeline.opportunities.model.gates import (
    INVALID,
    PROVEN,
    WAIVED,
    BuyingRoles,
    MilestoneMark,
    Proof,
    Standing,
    proof_of,
    standing_of,
)
from pipeline.opportunities.model.refusals import WaivedByOneself, WaiversExhausted
from pipeline.opportunities.model.state import OPEN, DealState, wrong
from pipeline.templates.model import Milestone, Process


@dataclass(kw_only=True)
class Proving(DealState):
    """A deal that learns from facts."""

    def link(self, fact: Evidence) -> None:
        """Take a fact that named only the customer as one about this deal."""
        if fact.id not in self.linked_evidence and self.id not in fact.opportunity_ids:
            self.linked_evidence.append(fact.id)
            self.record(facts.EvidenceLinked(evidence=fact.event_id, kind=fact.kind))

    def learn(self, process: Process, evidence: Iterable[Evidence], roles: BuyingRoles) -> None:
        """Record each milestone, earlier or later than the stage, that `evidence` proves now."""
        if self.status != OPEN:
            return
        known = list(evidence)
        waiting = [found for found in process.winning(1) if not self.is_met(found[1].code)]
        was_learned = True
        # What one proof has opened, another fact may prove: facts arrive in any order.
        while was_learned:
            was_learned = False
            for stage, milestone in list(waiting):
                if not all(self.is_met(code) for code in milestone.after):
                    continue
                proof = proof_of(milestone, self.terms, self.need_told_by, known, roles)
                if proof is not None:
                    self._prove(stage, milestone, proof)
                    waiting.remove((stage, milestone))
                    was_learned = True

    def is_met(self, code: str) -> bool:
        held = self.milestones.get(code)
        return held is not None and held.is_met

    def doubt(self, proof: str, reason: str) -> None:
        """The event `proof` no longer stands (证据失效): what it proved is flagged.

        It never moves the deal back; it blocks the next move.
        """
        doubted = self.trusted_buyer_stage
        if self.buyer_stage_proof == proof and doubted is not None:
            self.buyer_stage_doubt = reason
            self.record(facts.BuyerStageDoubted(buyer_stage=doubted, proof=proof, reason=reason))
        for code, held in sorted(self.milestones.items()):
            if held.state == PROVEN and held.proof == proof:
                held.state, held.reason = INVALID, reason
                self.record(
                    facts.MilestoneInvalidated(
                        milestone=code, stage=held.stage, proof=proof, reason=reason
                    )
                )

    def check(self, evidence: Iterable[Evidence]) -> None:
        """Doubt what is proven by facts that were withdrawn since."""
        for fact in evidence:
            if not fact.stands:
                self.doubt(fact.event_id, fact.withdrawn_reason or "it was withdrawn")

    @property
    def proofs(self) -> list[str]:
        """The events that prove its milestones, and the buyer's stage."""
        proven = {held.proof for held in self.milestones.values() if held.proof}
        return sorted(proven | ({self.buyer_stage_proof} if self.buyer_stage_proof else set()))

    def waive(
        self, process: Process, codes: list[str], *, by: str, reason: str, now: datetime
    ) -> None:
        """Let milestones pass without proof 豁免. A superior's, never on a deal of one's own.

        Raises:
            ValidationFailed: no such milestone, or one that the process lets nobody waive.
            WaiversExhausted: more than the process allows for one deal.
        """
        self.require_open()
        if by == self.owner_id:
            raise WaivedByOneself
        by_stage: dict[int, list[str]] = {}
        for place, code in enumerate(codes):
            found = process.milestone(code)
            if found is None:
                raise wrong(f"/milestones/{place}", "unknown", "没有此里程碑", "no such milestone")
            if not found[1].is_waivable:
                raise wrong(
                    f"/milestones/{place}", "not-waivable", "不可豁免", "nobody may waive this one"
                )
            waived = by_stage.setdefault(found[0], [])
            if not self.is_met(code) and code not in waived:
                waived.append(code)
        count = self.waivers + sum(len(waived) for waived in by_stage.values())
        most = process.rules.most_waivers
        if most is not None and count > most:
            raise WaiversExhausted(most, self.waivers)
        self.waivers = count
        for stage, waived in sorted(by_stage.items()):
            if waived:
                self._waive(stage, waived, by, reason, now)

    def standing(
        self,
        process: Process,
        to_stage: int | None = None,
        evidence: Iterable[Evidence] = (),
        roles: BuyingRoles | None = None,
    ) -> list[Standing]:
        """Every milestone between here and `to_stage` (None: winning), and those still held up.

        Held up are earlier ones whose proof was withdrawn, and those that a newer version asks for.
        """
        if to_stage is None:
            asked = process.winning(self.stage)
        else:
            asked = process.gates(self.stage, to_stage)
        codes = {milestone.code for _, milestone in asked}
        held_up = [
            found
            for code in sorted({*self.milestones, *self.owed} - codes)
            if self._holds_up(code) and (found := process.milestone(code)) is not None
        ]
        proofs = self._proofs_at_hand(process, list(evidence), roles or {})
        return [
            standing_of(
                stage, milestone, self.milestones.get(milestone.code), proofs.get(milestone.code)
            )
            for stage, milestone in held_up + asked
        ]

    # Inside

    def _prove(self, stage: int, milestone: Milestone, proof: Proof) -> None:
        self.milestones[milestone.code] = MilestoneMark(
            state=PROVEN, stage=stage, proof=proof.event_id, at=proof.at
        )
        self.note_progress(proof.at)
        self.record(
            facts.MilestoneProven(
                milestone=milestone.code, stage=stage, proof=proof.event_id, proven_at=proof.at
            )
        )

    def _waive(self, stage: int, codes: list[str], by: str, reason: str, now: datetime) -> None:
        for code in codes:
            self.milestones[code] = MilestoneMark(
                state=WAIVED, stage=stage, at=now, reason=reason, waived_by=by
            )
        self.record(facts.GateWaived(stage=stage, milestones=codes, waived_by=by, reason=reason))

    def _holds_up(self, code: str) -> bool:
        held = self.milestones.get(code)
        if held is not None and held.state == INVALID:
            return True
        return code in self.owed and not self.is_met(code)

    def _proofs_at_hand(
        self, process: Process, evidence: list[Evidence], roles: BuyingRoles
    ) -> dict[str, Proof]:
        """What `evidence` would prove if it were learned now, by milestone."""
        proofs: dict[str, Proof] = {}
        waiting = [milestone for _, milestone in process.winning(1)]
        was_found = True
        while was_found:
            was_found = False
            for milestone in list(waiting):
                if all(self.is_met(code) or code in proofs for code in milestone.after):
                    waiting.remove(milestone)
                    proof = proof_of(milestone, self.terms, self.need_told_by, evidence, roles)
                    if proof is not None:
                        proofs[milestone.code] = proof
                        was_found = True
        return proofs
