"""What becomes of a contract that binds: its triggers, its supplements, its end.

Told by orders, by the clock, and by people who end it.
"""

from datetime import date, timedelta

from chassis.timers import Timer, cancel_timer, set_timer
from chassis.work import Work
from contracts.values import Money

from pipeline.access import reach
from pipeline.contracts.model import EXPIRED, RENEWED, TERMINATED, Contract, months_after
from pipeline.contracts.planning import plan_payments
from pipeline.contracts.store import CONTRACTS, bound_by
from pipeline.evidence.commands import note_fact
from pipeline.evidence.model import Evidence
from pipeline.moments import beginning_of
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.payment_milestones.commands import cancel_milestones, trigger
from pipeline.rates.queries import exchanged

ENDING, EXPIRY, WARRANTY_END = "contract.ending", "contract.expiry", "contract.warranty_end"
END = "contracts:end"


async def bind(work: Work, contract: Contract) -> None:
    """Sealed by both sides: it proves so, pays by its plan, and counts as the deal's amount."""
    if contract.base_contract_id is not None:
        await _supplement(work, contract)
    else:
        await plan_payments(work, contract, contract, contract.gross)
        watch_end(work, contract)
    if contract.renews_id is not None:
        renewed = await work.load(CONTRACTS, contract.renews_id)
        if renewed.is_in_force:
            on = max(contract.terms.starts_on or work.today, renewed.signed_on or work.today)
            renewed.end(RENEWED, on, renewed_by=contract.id)
            _forget(work, renewed)
    await note_fact(work, evidence(work, contract, "contract_sealed"))
    await count_for_deal(work, contract)


async def tell_contract(work: Work, contract_id: str | None, happened: str, on: date) -> None:
    """A fact that payments may wait for. With the acceptance 验收 the warranty begins."""
    if contract_id is None:
        return
    await trigger(work, contract_id, happened, on)
    contract = await work.load(CONTRACTS, contract_id)
    if happened == "acceptance" and contract.terms.warranty_months is not None:
        ends_on = months_after(on, contract.terms.warranty_months)
        due_at = beginning_of(ends_on, work.company.timezone)
        set_timer(work, WARRANTY_END, contract.id, due_at)


async def end_contract(
    work: Work, identifier: str, outcome: str, reason: str | None, on: date | None
) -> Contract:
    """Completed, or terminated 终止: then nothing is paid that is not due yet."""
    contract = await reach(work, CONTRACTS, identifier, END)
    contract.end(outcome, on or work.today, reason)
    _forget(work, contract)
    if outcome == TERMINATED:
        cancel_timer(work, WARRANTY_END, contract.id)
        await cancel_milestones(work, contract.id, reason or "terminated")
        await count_for_deal(work, contract)
    return contract


async def count_for_deal(work: Work, contract: Contract) -> None:
    """A deal is worth what its contracts come to, without tax, in the first one's currency."""
    if contract.opportunity_id is None:
        return
    await work.guard(f"deal-contracts:{contract.opportunity_id}")
    total: Money | None = None
    for one in await bound_by(work, contract.opportunity_id):
        if total is None:
            total = one.net
        else:
            total = total + await exchanged(work, one.net, total.currency, work.today)
    deal = await work.load(OPPORTUNITIES, contract.opportunity_id)
    deal.take_amount("contract", total)


def watch_end(work: Work, contract: Contract) -> None:
    """Its end is told of so many days before; a frame contract then runs out by itself."""
    ends_on = contract.terms.ends_on
    if ends_on is None:
        return
    timezone = work.company.timezone
    notice = ends_on - timedelta(days=contract.terms.notice_days)
    set_timer(work, ENDING, contract.id, beginning_of(notice, timezone))
    if contract.is_frame:
        day_after = ends_on + timedelta(days=1)
        set_timer(work, EXPIRY, contract.id, beginning_of(day_after, timezone))


def evidence(work: Work, contract: Contract, kind: str) -> Evidence:
    return Evidence(
        id=f"{kind}:{contract.id}",
        kind=kind,
        event_id=contract.position,
        at=work.now,
        customer_id=contract.customer_id,
        opportunity_ids=[contract.opportunity_id] if contract.opportunity_id else [],
    )


# What the clock does


async def on_ending(work: Work, timer: Timer) -> None:
    contract = await work.find(CONTRACTS, timer.subject)
    if contract is not None:
        contract.come_to_its_end()


async def on_expiry(work: Work, timer: Timer) -> None:
    contract = await work.find(CONTRACTS, timer.subject)
    if contract is not None and contract.is_in_force and contract.terms.ends_on is not None:
        contract.end(EXPIRED, contract.terms.ends_on)


async def on_warranty_end(work: Work, timer: Timer) -> None:
    """The retention money 质保金 falls due."""
    on = work.company.day(timer.due_at)
    await trigger(work, timer.subject, "warranty_end", on)


async def _supplement(work: Work, supplement: Contract) -> None:
    base = await work.load(CONTRACTS, supplement.base_contract_id or "")
    before = base.gross
    base.supplement(supplement)
    await plan_payments(work, base, supplement, base.gross - before)
    if supplement.terms.ends_on is not None:
        watch_end(work, base)


def _forget(work: Work, contract: Contract) -> None:
    for timer in (ENDING, EXPIRY):
        cancel_timer(work, timer, contract.id)
