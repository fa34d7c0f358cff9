"""What insights can do: decisions of its evaluator, and what people do with them."""

from datetime import date, datetime

from chassis import organisation
from chassis.work import Work

from insights import store
from insights.model.alerts import Alert, raised
from insights.model.policies import AlertRule, TierPolicy
from insights.model.ranking import Standing
from insights.model.tiers import Tier
from insights.timers import Satisfied, Timer


async def rank_customer(
    work: Work,
    standing: Standing,
    owner: str | None,
    policy: TierPolicy,
    as_of: date,
    currency: str,
) -> Tier:
    """The customer stands here now; its effective tier follows by rule."""
    tier = await _tier(work, standing.customer_id, owner)
    tier.rank(standing, policy, as_of, currency)
    return tier


async def close_day(
    work: Work,
    standing: Standing,
    owner: str | None,
    policy: TierPolicy,
    day: date,
    currency: str,
    *,
    is_month_end: bool,
) -> Tier:
    """The day is over: what is effective now is held."""
    tier = await _tier(work, standing.customer_id, owner)
    if tier.closed_on is None or tier.closed_on < day.isoformat():
        tier.close(standing, policy, day, currency, is_month_end=is_month_end)
    return tier


async def raise_alert(work: Work, timer: Timer, rule: AlertRule) -> Alert:
    """Once per rule, subject and period: an alert that exists is left as it is."""
    alert = await work.find(store.ALERTS, timer.key)
    if alert is None:
        alert = raised(timer, rule, work.now)
        if timer.owner is not None:
            stamp = await organisation.stamp(work, timer.owner)
            alert.team_id, alert.region = stamp.team_id, stamp.region
        work.add(store.ALERTS, alert)
    return alert


async def clear_alert(work: Work, mark: Satisfied) -> Alert | None:
    """What the alert missed has turned up after all."""
    alert = await work.find(store.ALERTS, mark.key)
    if alert is not None:
        alert.clear(mark.by, work.now)
    return alert


async def acknowledge_alert(work: Work, alert_id: str, note: str | None) -> Alert:
    """A person has seen it.

    Raises:
        NotFound: there is none, or not for this caller.
        AlertIsOver: it is cleared already.
    """
    alert = await work.load(store.ALERTS, alert_id)
    (await work.scope("alerts:acknowledge")).require(alert, seen=await work.scope("alerts:read"))
    by = work.caller.staff_id if work.caller else None
    alert.acknowledge(by, note, work.now)
    return alert


async def hand_over(work: Work, collection: str, identifier: str, owner: str | None) -> None:
    """The record it is about has another owner: whoever may read that may read this."""
    stamp = await organisation.stamp(work, owner) if owner else None
    rights = {
        "owner_id": owner,
        "team_id": stamp.team_id if stamp else None,
        "region": stamp.region if stamp else None,
    }
    work.update_many(collection, {"_id": identifier}, {"$set": rights})


async def ask_for_rebuild(work: Work, projections: list[str], at: datetime) -> None:
    """Fold everything anew beside what is there; the worker takes it up."""
    work.put(
        store.CONTROL,
        {"_id": "rebuild", "state": "asked", "projections": projections, "asked_at": at},
    )


async def _tier(work: Work, customer_id: str, owner: str | None) -> Tier:
    tier = await work.find(store.TIERS, customer_id)
    if tier is None:
        tier = Tier(id=customer_id, key=customer_id, rights_of=f"customer:{customer_id}")
        if owner is not None:
            stamp = await organisation.stamp(work, owner)
            tier.owner_id, tier.team_id, tier.region = owner, stamp.team_id, stamp.region
        work.add(store.TIERS, tier)
    return tier
