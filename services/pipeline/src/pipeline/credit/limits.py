"""Temporary limits 临时额度 and the policy: asked for, granted, ended by a timer or by somebody."""

from datetime import date, timedelta

from chassis.ids import new_id
from chassis.problems import ValidationFailed
from chassis.timers import Timer, cancel_timer, set_timer
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.approvals.commands import request_approval, void_approvals
from pipeline.approvals.model import Approval, Paper
from pipeline.credit import accounts
from pipeline.credit.model import (
    COMPANY,
    CreditPolicy,
    TemporaryLimit,
    TemporaryLimitRequested,
    default_policy,
)
from pipeline.credit.store import POLICIES, TEMPORARY_LIMITS
from pipeline.moments import beginning_of
from pipeline.whose import rights_over

KIND = "credit_limit"
EXPIRY_TIMER = "temporary_credit_limit.expiry"


async def request_temporary_limit(
    work: Work, *, customer_id: str, amount: Money, reason: str, expires_on: date
) -> TemporaryLimit:
    """For a customer within reach, or the group whose limit it shares.

    Raises:
        ValidationFailed: an unknown customer, a day that has passed.
    """
    rights = await rights_over(work, customer_id, "temporary-credit-limits:write")
    if expires_on < work.today:
        raise ValidationFailed(
            copies.field_error("/expires_on", "in-past", "不能早于今天", "is before today")
        )
    limit = TemporaryLimit(
        id=new_id(),
        key=customer_id,
        owner_id=rights.owner_id,
        team_id=rights.team_id,
        region=rights.region,
        collaborator_ids=rights.collaborator_ids,
        customer_id=customer_id,
        holder_id=await accounts.holder_of(work, customer_id),
        amount=amount,
        reason=reason,
        expires_on=expires_on,
    )
    limit.record(TemporaryLimitRequested())
    work.add(TEMPORARY_LIMITS, limit)
    day_after = beginning_of(expires_on + timedelta(days=1), work.company.timezone)
    set_timer(work, EXPIRY_TIMER, limit.id, day_after)
    asked = await request_approval(work, _paper(limit, acting_staff(work)), reason)
    if asked is None:
        await _grant(work, limit, None)
    return limit


async def take_decision(work: Work, approval: Approval) -> TemporaryLimit:
    """What came of an approval; told in its own unit of work."""
    limit = await work.load(TEMPORARY_LIMITS, approval.paper_id)
    approval.require_unchanged(limit.fingerprint)
    if approval.outcome == "approved":
        await _grant(work, limit, approval.decided_by)
    else:
        limit.refuse(approval.comment)
        cancel_timer(work, EXPIRY_TIMER, limit.id)
    return limit


async def revoke_temporary_limit(work: Work, identifier: str, reason: str) -> TemporaryLimit:
    """It ends at once; what was ordered on it stays ordered."""
    limit = await reach(work, TEMPORARY_LIMITS, identifier, "temporary-credit-limits:revoke")
    await work.guard(f"credit:{limit.holder_id}")
    limit.revoke(reason)
    cancel_timer(work, EXPIRY_TIMER, limit.id)
    await void_approvals(work, KIND, limit.id, "the temporary limit was revoked")
    return limit


async def on_expiry(work: Work, timer: Timer) -> None:
    limit = await work.find(TEMPORARY_LIMITS, timer.subject)
    if limit is not None:
        await work.guard(f"credit:{limit.holder_id}")
        limit.expire(work.today)
        await void_approvals(work, KIND, limit.id, "the temporary limit expired")


async def _grant(work: Work, limit: TemporaryLimit, by: str | None) -> None:
    await work.guard(f"credit:{limit.holder_id}")
    limit.grant(by)


def _paper(limit: TemporaryLimit, requester: str) -> Paper:
    return Paper(
        kind=KIND,
        id=limit.id,
        fingerprint=limit.fingerprint,
        title=f"临时额度 {limit.amount.amount:.2f} {limit.amount.currency}",
        owner_id=limit.owner_id or requester,
        customer_id=limit.customer_id,
        amount=limit.amount,
    )


async def change_credit_policy(
    work: Work,
    *,
    blocked_after_days: int | None,
    bank_bill_counts: str,
    commercial_bill_counts: str,
) -> CreditPolicy:
    await work.scope("credit-policies:write")
    policy = await work.find(POLICIES, COMPANY) or work.add(POLICIES, default_policy())
    policy.change(
        blocked_after_days=blocked_after_days,
        bank_bill_counts=bank_bill_counts,
        commercial_bill_counts=commercial_bill_counts,
    )
    return policy
