"""What happens when an approval is decided: one table from the kind of paper to who is told.

They are told in the unit of work of the decision, of whatever ends an approval but the paper
itself: `approved`, `refused`, `returned` or `recalled`. A paper that has changed since refuses
(`approval.require_unchanged`), and then nothing was decided.
"""

from pipeline.agreed_prices import commands as agreed_prices
from pipeline.approvals.commands import Decisions
from pipeline.approvals.reviews import REVIEWS, review_decided
from pipeline.contracts import commands as contracts
from pipeline.credit import limits
from pipeline.deductions import commands as deductions
from pipeline.opportunity_teams import commands as opportunity_teams
from pipeline.quotes import commands as quotes
from pipeline.requirement_changes import commands as requirement_changes
from pipeline.tenders import commands as tenders

DECISIONS: Decisions = {
    **dict.fromkeys(REVIEWS, review_decided),
    contracts.APPROVAL: contracts.on_contract_decided,
    contracts.SEAL_USE: contracts.on_seal_decided,
    requirement_changes.KIND: requirement_changes.on_decided,
    opportunity_teams.KIND: opportunity_teams.take_decision,
    tenders.KIND: tenders.take_decision,
    quotes.KIND: quotes.take_decision,
    agreed_prices.KIND: agreed_prices.take_decision,
    limits.KIND: limits.take_decision,
    deductions.BAD_DEBT: deductions.take_decision,
    deductions.KIND: deductions.take_decision,
}
