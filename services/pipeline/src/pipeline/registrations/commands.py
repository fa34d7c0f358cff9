"""What can be done with registrations. What might conflict is decided one at a time, by a guard."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chassis import organisation
from chassis.ids import new_id
from chassis.problems import CHINESE, ENGLISH, Duplicate, FieldError, ValidationFailed
from chassis.timers import Timer, cancel_timer, set_timer
from chassis.work import Work

from pipeline import calendar, copies
from pipeline.access import acting_staff, reach
from pipeline.evidence.store import EVIDENCE, fact_of
from pipeline.holders import holder_for
from pipeline.moments import beginning_of
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.registrations.model import (
    CONFLICTED,
    GRANTED,
    LEAST_LIKENESS,
    LIVE,
    POLICY_ID,
    ExtensionRefused,
    Like,
    PolicyTerms,
    Registration,
    RegistrationPolicy,
    RegistrationSettled,
    RuledByOneself,
    Ruling,
    Subject,
    default_policy,
    similar,
)
from pipeline.registrations.store import POLICIES, REGISTRATIONS, standing_beside

EXPIRY = "registration_expiry"
END_USER = "end_user"


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What stands beside a project: the same one, and those with similar names."""

    same: list[Registration]
    similar: list[Like]


async def register_project(work: Work, subject: Subject, owner_id: str | None) -> Registration:
    """Granted at once, or in conflict with whoever was first.

    Raises:
        Duplicate: the same person has registered it already.
        ValidationFailed: an unknown customer, dealer or deal.
    """
    await work.scope("registrations:write")
    await _require_known(work, subject)
    holder = await holder_for(work, owner_id or acting_staff(work), "registrations:write")
    await work.guard(subject.guard)
    beside = await look_beside(work, subject)
    for one in beside.same:
        if one.owner_id == holder.staff_id and one.subject.dealer_id == subject.dealer_id:
            raise await _already(work, one)
    identifier = new_id()
    registration = Registration(
        id=identifier,
        key=subject.customer_id,
        owner_id=holder.staff_id,
        team_id=holder.team_id,
        region=holder.region,
        subject=subject,
        status=CONFLICTED,
        similar=beside.similar,
    )
    if beside.same:
        registration.wait(one.id for one in beside.same)
    else:
        registration.grant(await _protected_until(work), now=work.now)
        await _watch(work, registration)
    return work.add(REGISTRATIONS, registration)


async def look_beside(work: Work, subject: Subject) -> Beside:
    """What of that customer and product line is live."""
    found = await standing_beside(work.db, subject)
    alike = [
        Like(registration_id=one.id, owner_id=one.owner_id, likeness=round(likeness, 2))
        for one in found
        if one.subject.key != subject.key
        and (likeness := similar(one.subject.project_name, subject.project_name)) >= LEAST_LIKENESS
    ]
    return Beside(
        same=[one for one in found if one.subject.key == subject.key],
        similar=sorted(alike, key=lambda one: -one.likeness)[:10],
    )


async def check_project(work: Work, subject: Subject) -> Beside:
    await work.scope("registrations:write")
    await _require_known(work, subject)
    return await look_beside(work, subject)


async def rule_on_conflict(
    work: Work, identifier: str, granted_id: str, reason: str
) -> Registration:
    """裁定: one of those that claim the project is granted, the others are refused.

    Raises:
        RuledByOneself: one of them is the caller's own.
        NotFound, Forbidden: one of them is not below the caller.
        RegistrationSettled: there is no conflict.
    """
    scope = await work.scope("registrations:rule")
    seen = await work.scope("registrations:read")
    asked = await reach(work, REGISTRATIONS, identifier, "registrations:rule")
    await work.guard(asked.subject.guard)
    same = (await look_beside(work, asked.subject)).same
    sides = await work.find_many(REGISTRATIONS, sorted({*(one.id for one in same), asked.id}))
    if len(sides) < 2 or asked.status not in LIVE:
        raise RegistrationSettled({CHINESE: "没有撞单", ENGLISH: "there is no conflict"})
    if granted_id not in sides:
        raise ValidationFailed(
            copies.field_error("/granted_id", "not-a-side", "不是撞单的一方", "is no side of it")
        )
    by = acting_staff(work)
    for one in sides.values():
        scope.require(one, seen=seen)
        if one.owner_id == by:
            raise RuledByOneself()
    for one in sides.values():
        is_granted = one.id == granted_id
        ruling = Ruling(
            is_granted=is_granted,
            reason=reason,
            ruled_by=by or work.actor,
            against=sorted(sides.keys() - {one.id}),
            ruled_at=work.now,
        )
        one.rule(ruling, await _protected_until(work) if is_granted else None, now=work.now)
        if is_granted:
            await _watch(work, one)
        else:
            cancel_timer(work, EXPIRY, one.id)
    return asked


async def extend_registration(work: Work, identifier: str, evidence_id: str | None) -> Registration:
    """By progress since it was granted or last extended, or by a superior's approval.

    Raises:
        ExtensionRefused: neither, or as often as it may be already.
    """
    registration = await reach(work, REGISTRATIONS, identifier, "registrations:write")
    approved_by = None
    if evidence_id is not None:
        await _require_progress(work, registration, evidence_id)
    else:
        approved_by = await _approver(work, registration)
    terms = (await policy_of(work)).terms
    registration.extend(terms, now=work.now, evidence=evidence_id, approved_by=approved_by)
    await _watch(work, registration)
    return registration


async def release_registration(work: Work, identifier: str, reason: str) -> Registration:
    registration = await reach(work, REGISTRATIONS, identifier, "registrations:write")
    await work.guard(registration.subject.guard)
    was_granted = registration.status == GRANTED
    registration.release(reason)
    cancel_timer(work, EXPIRY, registration.id)
    await _let_succeed(work, registration, was_granted=was_granted)
    return registration


async def lapse_registration(work: Work, timer: Timer) -> None:
    """Its protection is over; who waited alone has it now."""
    registration = await work.find(REGISTRATIONS, timer.subject)
    if registration is None or not registration.is_over(await _today(work)):
        return
    await work.guard(registration.subject.guard)
    registration.lapse()
    await _let_succeed(work, registration, was_granted=True)


async def change_policy(work: Work, changes: dict[str, Any]) -> RegistrationPolicy:
    await work.scope("registration-policy:write")
    policy = await policy_of(work)
    policy.change(changes)
    return policy


async def policy_of(work: Work) -> RegistrationPolicy:
    known = await work.find(POLICIES, POLICY_ID)
    return known or work.add(POLICIES, default_policy())


async def _let_succeed(work: Work, ended: Registration, *, was_granted: bool) -> None:
    """With one left who waits it is theirs; between several a superior still has to rule."""
    same = (await look_beside(work, ended.subject)).same
    left = [one for one in same if one.id != ended.id]
    if len(left) == 1 and left[0].status == CONFLICTED and was_granted:
        heir = await work.load(REGISTRATIONS, left[0].id)
        heir.succeed(await _protected_until(work), now=work.now)
        await _watch(work, heir)


async def _require_progress(work: Work, registration: Registration, evidence_id: str) -> None:
    document = await work.document(EVIDENCE, evidence_id)
    fact = fact_of(document) if document else None
    if fact is None or not fact.stands or not _is_about(fact.customer_id, registration):
        raise ValidationFailed(copies.unknown("/evidence", "证据", "evidence of this customer"))
    since = registration.progress_since
    if since is not None and fact.at <= since:
        raise ExtensionRefused(
            {CHINESE: "该证据早于报备或上次延期", ENGLISH: "this happened before its protection"}
        )


def _is_about(customer_id: str | None, registration: Registration) -> bool:
    return customer_id in (registration.subject.customer_id, registration.subject.dealer_id)


async def _approver(work: Work, registration: Registration) -> str:
    """The superior who acts.

    Raises:
        ExtensionRefused: the caller is none, so there has to be progress.
        RuledByOneself: it is the caller's own.
    """
    by = acting_staff(work)
    if by and by == registration.owner_id:
        raise ExtensionRefused(
            {
                CHINESE: "需要新的进展证据，或由上级批准",
                ENGLISH: "it takes progress since, or a superior's approval",
            }
        )
    await reach(work, REGISTRATIONS, registration.id, "registrations:approve-extension")
    return by or work.actor


async def _require_known(work: Work, subject: Subject) -> None:
    errors: list[FieldError] = []
    if await copies.customer(work, subject.customer_id) is None:
        errors.append(copies.unknown("/customer_id", "客户", "customer"))
    if subject.dealer_id is not None:
        dealer = await copies.customer(work, subject.dealer_id)
        if dealer is None or dealer.get("kind", END_USER) == END_USER:
            errors.append(copies.unknown("/dealer_id", "经销商", "dealer"))
    if errors:
        raise ValidationFailed(errors)
    if subject.opportunity_id is not None:
        deal = await reach(work, OPPORTUNITIES, subject.opportunity_id, "opportunities:read")
        if deal.customer_id != subject.customer_id:
            raise ValidationFailed(
                copies.field_error(
                    "/opportunity_id", "other-customer", "商机属于其他客户", "is another customer's"
                )
            )


async def _already(work: Work, registration: Registration) -> Duplicate:
    owner_id = registration.owner_id or ""
    name = (await organisation.stamp(work, owner_id)).name
    return Duplicate(
        {CHINESE: f"项目已由 {name} 报备", ENGLISH: f"{name} has registered this project already"},
        members={"owner": {"id": owner_id, "name": name}},
    )


async def _today(work: Work) -> date:
    return (await calendar.workdays(work)).local_date(work.now)


async def _protected_until(work: Work) -> date:
    """The last day of a protection that begins today."""
    terms: PolicyTerms = (await policy_of(work)).terms
    return await _today(work) + timedelta(days=terms.protection_days)


async def _watch(work: Work, registration: Registration) -> None:
    """Let it lapse when the day after its last one begins."""
    if registration.expires_on is not None:
        days = await calendar.workdays(work)
        over = beginning_of(registration.expires_on + timedelta(days=1), days.timezone)
        set_timer(work, EXPIRY, registration.id, over)
