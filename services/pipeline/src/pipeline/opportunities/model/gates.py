"""Gates 推进条件: whether a milestone is proven, and by which fact. Pure functions.

A box cannot be ticked: a milestone is proven by an event, or waived by a superior.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.problems import CHINESE, ENGLISH, Words

from pipeline.evidence.model import Evidence
from pipeline.opportunities.model.terms import Terms
from pipeline.templates.model import PROOF_KINDS, Milestone, Process

PROVEN, WAIVED, INVALID, PROVABLE, MISSING = "proven", "waived", "invalid", "provable", "missing"

BuyingRoles = Mapping[str, str | None]
"""Contact id → role in buying; a contact that is not there is unknown."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    event_id: str
    at: datetime


@dataclass(kw_only=True)
class MilestoneMark:
    """How a milestone of a deal stands: proven or waived, or proven by what was withdrawn since."""

    state: str
    stage: int
    proof: str | None = None
    at: datetime | None = None
    reason: str | None = None
    waived_by: str | None = None

    @property
    def is_met(self) -> bool:
        return self.state in (PROVEN, WAIVED)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A milestone as a reader of the gate sees it; `provable`: the proof exists, unrecorded yet."""

    stage: int
    milestone: Milestone
    state: str
    proof: str | None = None
    at: datetime | None = None
    reason: str | None = None
    waived_by: str | None = None

    @property
    def is_met(self) -> bool:
        return self.is_recorded or self.state == PROVABLE

    @property
    def is_recorded(self) -> bool:
        return self.state in (PROVEN, WAIVED)


def standing_of(
    stage: int, milestone: Milestone, held: MilestoneMark | None, proof: Proof | None
) -> Standing:
    """What is recorded counts first; then a proof that exists; then what was withdrawn."""
    if held is not None and (held.is_met or proof is None):
        return Standing(
            stage=stage,
            milestone=milestone,
            state=held.state,
            proof=held.proof,
            at=held.at,
            reason=held.reason,
            waived_by=held.waived_by,
        )
    if proof is None:
        return Standing(stage=stage, milestone=milestone, state=MISSING)
    return Standing(
        stage=stage, milestone=milestone, state=PROVABLE, proof=proof.event_id, at=proof.at
    )


def buyer_lag(process: Process, buyer_stage: int | None, to_stage: int) -> dict[str, Any] | None:
    """What is missing, told like a milestone, where the buyer's stage lies too far behind."""
    # Selling ahead of the buyer's own decision wastes the work of the later stages.
    rules = process.rules
    if rules.buyer_lag_from is None or to_stage <= rules.buyer_lag_from:
        return None
    needed = to_stage - rules.buyer_lag
    if (buyer_stage or 0) >= needed:
        return None
    buyer = process.stage(needed).buyer_stage
    zh, en = (buyer.zh, buyer.en) if buyer else (str(needed), str(needed))
    return {
        "milestone": "buyer_stage",
        "stage": to_stage - 1,
        "title": Words({CHINESE: "采购阶段同步", ENGLISH: "The buyer's stage keeps up"}),
        "proof": Words(
            {
                CHINESE: f"客户采购阶段至少为 {needed}（{zh}），附依据",
                ENGLISH: f"the buyer's stage at least {needed} ({en}), set with evidence",
            }
        ),
        "is_waivable": False,
    }


def told(stage: int, milestone: Milestone) -> dict[str, Any]:
    """A missing milestone in words: what it is, and what would prove it."""
    kind = PROOF_KINDS[milestone.proof]
    return {
        "milestone": milestone.code,
        "stage": stage,
        "title": milestone.title,
        "proof": kind.words,
        "is_waivable": milestone.is_waivable,
        **({"after": milestone.after} if milestone.after else {}),
    }


def proof_of(
    milestone: Milestone,
    terms: Terms,
    need_told_by: Proof | None,
    evidence: Iterable[Evidence],
    roles: BuyingRoles,
) -> Proof | None:
    """The oldest fact that proves `milestone`, if there is one."""
    if milestone.proof == "needs_recorded" and terms.need and need_told_by is not None:
        return need_told_by
    rule = RULES.get(milestone.proof)
    if rule is None:
        return None
    standing = (fact for fact in evidence if fact.stands)
    proofs = [fact for fact in standing if rule(milestone, fact, terms, roles)]
    if not proofs:
        return None
    oldest = min(proofs, key=lambda fact: (fact.at, fact.event_id))
    return Proof(event_id=oldest.event_id, at=oldest.at)


def kinds_proven(fact: Evidence) -> set[str]:
    """The kinds of proof that a fact may serve as; whether it does is its milestone's to say."""
    with_need = fact.findings is not None and bool(fact.findings.need)
    return {fact.kind, "needs_recorded"} if with_need else {fact.kind}


Rule = Callable[[Milestone, Evidence, Terms, BuyingRoles], bool]


def _is(kind: str) -> Rule:
    return lambda _milestone, fact, _terms, _roles: fact.kind == kind


def _appointment(_milestone: Milestone, fact: Evidence, _terms: Terms, _roles: BuyingRoles) -> bool:
    # A time without a person is an intention, not an appointment.
    return fact.kind == "appointment_made" and bool(fact.met)


def _survey(milestone: Milestone, fact: Evidence, terms: Terms, roles: BuyingRoles) -> bool:
    if fact.kind != "survey_taken" or fact.findings is None:
        return False
    if milestone.conditions.get("buying_role"):
        # Whoever has no part in the decision to buy cannot tell how it will be taken.
        if not any(roles.get(person.contact_id) for person in fact.met):
            return False
    elif not fact.met:
        return False
    # What the survey left open may have been learned otherwise and stand on the deal.
    return all(
        getattr(fact.findings, name, None) or getattr(terms, name, None)
        for name in milestone.conditions.get("known", ())
    )


def _demonstration(
    milestone: Milestone, fact: Evidence, _terms: Terms, _roles: BuyingRoles
) -> bool:
    if fact.kind != "demonstration_held" or not fact.met:
        return False
    # A demonstration without knowing how it was received proves nothing about the deal.
    return not milestone.conditions.get("stance") or all(
        person.stance is not None for person in fact.met
    )


def _needs(_milestone: Milestone, fact: Evidence, _terms: Terms, _roles: BuyingRoles) -> bool:
    return fact.kind == "survey_taken" and fact.findings is not None and bool(fact.findings.need)


RULES: dict[str, Rule] = {
    "appointment_made": _appointment,
    "visit_plan_approved": _is("visit_plan_approved"),
    "survey_taken": _survey,
    "demonstration_held": _demonstration,
    "contact_held": _is("contact_held"),
    "needs_recorded": _needs,
} | {
    kind: _is(kind)
    for kind in (
        "order_placed",
        "advance_payment_received",
        "proposal_sent",
        "bid_review_approved",
        "feasibility_confirmed",
        "formal_offer_sent",
        "shortlisted",
        "evaluation_approved",
        "terms_agreed",
        "finance_consented",
        "legal_consented",
        "contract_sent",
        "contract_sealed",
        "quote_sent",
    )
}
