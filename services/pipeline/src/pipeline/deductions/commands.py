"""What can be done with deductions: propose, make, reverse. Bad debt 坏账 always asks somebody."""

from chassis.ids import new_id
from chassis.problems import Forbidden, ValidationFailed
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.approvals.commands import request_approval
from pipeline.approvals.model import Approval, Paper
from pipeline.credit import accounts
from pipeline.deductions.model import Deduction
from pipeline.deductions.store import DEDUCTIONS
from pipeline.payment_milestones.commands import settle, unsettle
from pipeline.payment_milestones.model import MilestoneOverpaid, PaymentMilestone
from pipeline.payment_milestones.store import PAYMENT_MILESTONES
from pipeline.statements.store import enter

KIND, BAD_DEBT = "deduction", "bad_debt"


async def propose_deduction(
    work: Work, *, milestone_id: str, kind: str, amount: Money, reason: str
) -> Deduction:
    """Whoever may make deductions makes it at once, unless it is bad debt; else it is asked for.

    Raises:
        MilestoneOverpaid: the milestone leaves less open.
    """
    milestone = await reach(work, PAYMENT_MILESTONES, milestone_id, "payment-milestones:read")
    scope = await work.scope("deductions:propose")
    scope.require(milestone)
    if amount.currency != milestone.amount.currency:
        raise ValidationFailed(
            copies.field_error(
                "/amount/currency", "other-currency", "与回款节点币种不同", "not the milestone's"
            )
        )
    if amount.amount > milestone.open_amount.amount:
        raise MilestoneOverpaid(members={"open": f"{milestone.open_amount.amount:.2f}"})
    deduction = _deduction(milestone, kind, amount, reason)
    deduction.propose()
    work.add(DEDUCTIONS, deduction)
    if kind != BAD_DEBT and await _may_make(work, milestone):
        await _make(work, deduction)
        return deduction
    if await request_approval(work, _paper(deduction, acting_staff(work)), reason) is None:
        await _make(work, deduction)
    return deduction


async def take_decision(work: Work, approval: Approval) -> Deduction:
    """What came of an approval; told in its own unit of work."""
    deduction = await work.load(DEDUCTIONS, approval.paper_id)
    approval.require_unchanged(deduction.fingerprint)
    if approval.outcome == "approved":
        await _make(work, deduction)
    else:
        deduction.refuse(approval.comment)
    return deduction


async def reverse_deduction(work: Work, identifier: str, reason: str) -> Deduction:
    deduction = await reach(work, DEDUCTIONS, identifier, "deductions:reverse")
    await accounts.hold(work, deduction.customer_id)
    deduction.reverse(reason, work.today)
    milestone = await work.load(PAYMENT_MILESTONES, deduction.payment_milestone_id)
    await unsettle(work, milestone, deduction.source, deduction.amount, reason)
    enter(
        work,
        deduction.customer_id,
        "reversal",
        deduction.amount,
        about=deduction.reference,
        on=work.today,
        note=deduction.kind,
    )
    return deduction


async def _make(work: Work, deduction: Deduction) -> None:
    await accounts.hold(work, deduction.customer_id)
    deduction.make(work.today)
    milestone = await work.load(PAYMENT_MILESTONES, deduction.payment_milestone_id)
    await settle(work, milestone, deduction.source, deduction.amount, work.today)
    enter(
        work,
        deduction.customer_id,
        "deduction",
        -deduction.amount,
        about=deduction.reference,
        on=work.today,
        note=deduction.kind,
    )


async def _may_make(work: Work, milestone: PaymentMilestone) -> bool:
    try:
        return (await work.scope("deductions:make")).allows(milestone)
    except Forbidden:
        return False


def _deduction(milestone: PaymentMilestone, kind: str, amount: Money, reason: str) -> Deduction:
    return Deduction(
        id=new_id(),
        key=milestone.key,
        owner_id=milestone.owner_id,
        team_id=milestone.team_id,
        region=milestone.region,
        collaborator_ids=list(milestone.collaborator_ids),
        rights_of=milestone.rights_of,
        customer_id=milestone.customer_id,
        payment_milestone_id=milestone.id,
        opportunity_id=milestone.opportunity_id,
        kind=kind,
        amount=amount,
        reason=reason,
    )


def _paper(deduction: Deduction, requester: str) -> Paper:
    words = {"rebate": "返利", "warranty": "质保扣款", "bad_debt": "坏账核销"}
    title = words.get(deduction.kind, "其他扣款")
    return Paper(
        kind=BAD_DEBT if deduction.kind == BAD_DEBT else KIND,
        id=deduction.id,
        fingerprint=deduction.fingerprint,
        title=f"{title} {deduction.amount.amount:.2f} {deduction.amount.currency}",
        owner_id=deduction.owner_id or requester,
        opportunity_id=deduction.opportunity_id,
        customer_id=deduction.customer_id,
        amount=deduction.amount,
    )
