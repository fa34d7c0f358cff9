"""A sealed contract's payment milestones become due dates as their triggers become facts."""

from collections.abc import Sequence

from chassis.work import Work
from contracts.values import Money

from pipeline.contracts.model import Contract, PlannedMilestone
from pipeline.payment_milestones.commands import cancel_milestones, plan_milestones, trigger
from pipeline.payment_milestones.model import PlannedPayment, shared_out


async def plan_payments(work: Work, contract: Contract, signed: Contract, gained: Money) -> None:
    """What `signed` (the contract itself, or its supplement) sets out, of what was gained by it."""
    agreed = signed.terms.milestones
    to_pay = gained
    if signed.terms.replan:
        reason = f"supplement {signed.number}"
        for milestone in await cancel_milestones(work, contract.id, reason):
            to_pay = to_pay + milestone.amount
    await plan_milestones(work, contract, _payments(agreed, to_pay))
    if signed.signed_on is not None:
        await trigger(work, contract.id, "signing", signed.signed_on)


def _payments(agreed: Sequence[PlannedMilestone], to_pay: Money) -> list[PlannedPayment]:
    shares = [one.share for one in agreed if one.share is not None]
    if shares:
        amounts = shared_out(to_pay, shares)
    else:
        amounts = [Money(one.amount, to_pay.currency) for one in agreed if one.amount is not None]
    return [
        PlannedPayment(
            name=one.name,
            amount=amounts[place]
            if shares
            else Money(one.amount or to_pay.amount, to_pay.currency),
            trigger=one.trigger,
            days=one.days,
            on=one.on,
        )
        for place, one in enumerate(agreed)
    ]
