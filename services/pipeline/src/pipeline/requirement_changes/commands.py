"""Requirement changes are raised, agreed to by both sides, and put into the contract."""

from dataclasses import replace
from datetime import date
from typing import Any

from chassis import files
from chassis.ids import new_id
from chassis.problems import ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.approvals.commands import request_approval, void_approvals
from pipeline.approvals.model import APPROVED, Approval, Paper
from pipeline.contracts.commands import NewContract, draft_new_contract
from pipeline.contracts.model import SUPPLEMENT as SUPPLEMENT_KIND
from pipeline.contracts.model import Contract
from pipeline.contracts.store import CONTRACTS
from pipeline.holders import holder_for
from pipeline.opportunities.model import Opportunity
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.requirement_changes.model import (
    NOTE,
    SUBMITTED,
    SUPPLEMENT,
    Effect,
    RequirementChange,
    raise_change,
)
from pipeline.requirement_changes.store import REQUIREMENT_CHANGES

WRITE, KIND = "requirement-changes:write", "requirement_change"


async def raise_requirement_change(
    work: Work,
    effect: Effect,
    *,
    asked_by: str,
    contract_id: str | None,
    opportunity_id: str | None,
) -> RequirementChange:
    """Of a contract, or of a deal; whoever sees that sees this."""
    behind: Contract | Opportunity
    if contract_id is not None:
        behind = await reach(work, CONTRACTS, contract_id, "contracts:read")
        opportunity_id = behind.opportunity_id
    else:
        behind = await reach(work, OPPORTUNITIES, opportunity_id or "", "opportunities:read")
    if behind.customer_id is None:
        raise _wrong("/opportunity_id", "no-customer", "商机没有客户", "has no customer yet")
    holder = await holder_for(work, behind.owner_id or acting_staff(work), WRITE)
    return work.add(
        REQUIREMENT_CHANGES,
        raise_change(
            identifier=new_id(),
            customer_id=behind.customer_id,
            asked_by=asked_by,
            effect=effect,
            owner_id=holder.staff_id,
            team_id=holder.team_id,
            region=holder.region,
            collaborator_ids=list(behind.collaborator_ids),
            opportunity_id=opportunity_id,
            contract_id=contract_id,
        ),
    )


async def revise_requirement_change(
    work: Work, identifier: str, changes: dict[str, Any]
) -> RequirementChange:
    change = await reach(work, REQUIREMENT_CHANGES, identifier, WRITE)
    if change.revise(changes):
        await void_approvals(work, KIND, change.id, "the requirement change was revised")
    return change


async def submit_requirement_change(
    work: Work, identifier: str, note: str | None
) -> RequirementChange:
    """To our own side; the customer may confirm meanwhile."""
    change = await reach(work, REQUIREMENT_CHANGES, identifier, WRITE)
    change.submit()
    paper = Paper(
        kind=KIND,
        id=change.id,
        fingerprint=change.fingerprint,
        title=f"需求变更 {change.effect.title}",
        opportunity_id=change.opportunity_id,
        customer_id=change.customer_id,
        owner_id=change.owner_id or "",
        amount=change.effect.budget_change,
    )
    if await request_approval(work, paper, note) is None:
        change.approve(None, by_rule=True)
    return change


async def confirm_requirement_change(
    work: Work, identifier: str, contact_id: str, on: date | None, file_id: str | None
) -> RequirementChange:
    """A named contact of the customer agrees. The name stays with the contact."""
    change = await reach(work, REQUIREMENT_CHANGES, identifier, WRITE)
    contact = await work.document(copies.CONTACTS, contact_id) or {}
    if contact.get("customer_id") != change.customer_id or contact.get("is_erased"):
        raise ValidationFailed(copies.unknown("/contact_id", "联系人", "contact of the customer"))
    if on is not None and on > work.today:
        raise _wrong("/confirmed_on", "in-future", "不能晚于今天", "is after today")
    if file_id is not None:
        await files.require(work, file_id, record=change.reference)
    change.confirm(contact_id, on or work.today, file_id)
    return change


async def note_requirement_change(work: Work, identifier: str) -> RequirementChange:
    """It leaves amounts and plan as they are: the contract only knows of it."""
    change = await reach(work, REQUIREMENT_CHANGES, identifier, WRITE)
    change.apply(NOTE)
    if change.contract_id is not None:
        contract = await work.load(CONTRACTS, change.contract_id)
        contract.note(change.id)
    return change


async def supplement_by_change(
    work: Work, identifier: str, given: NewContract
) -> RequirementChange:
    """A draft of a supplement to its contract says what was agreed."""
    change = await reach(work, REQUIREMENT_CHANGES, identifier, WRITE)
    if change.contract_id is None:
        raise _wrong("/contract_id", "no-contract", "没有合同可补充", "has no contract")
    contract = await draft_new_contract(
        work,
        replace(
            given,
            kind=SUPPLEMENT_KIND,
            base_contract_id=change.contract_id,
            requirement_change_id=change.id,
            terms={"title": change.effect.title} | given.terms,
        ),
    )
    change.apply(SUPPLEMENT, contract.id)
    return change


async def withdraw_requirement_change(
    work: Work, identifier: str, reason: str
) -> RequirementChange:
    change = await reach(work, REQUIREMENT_CHANGES, identifier, WRITE)
    change.withdraw(reason)
    await void_approvals(work, KIND, change.id, reason)
    return change


async def on_decided(work: Work, approval: Approval) -> None:
    change = await work.load(REQUIREMENT_CHANGES, approval.paper_id)
    if change.status == SUBMITTED:
        approval.require_unchanged(change.fingerprint)
    if approval.outcome == APPROVED:
        change.approve(approval.decided_by)
    else:
        change.be_refused(approval.outcome or "", approval.comment)


def _wrong(pointer: str, code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(copies.field_error(pointer, code, zh, en))
