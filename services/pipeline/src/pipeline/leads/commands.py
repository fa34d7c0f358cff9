"""What can be done with leads, until they are qualified (`qualifying` has that)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chassis import organisation
from chassis.ids import new_id
from chassis.names import core_of
from chassis.problems import CHINESE, ENGLISH, Duplicate, FieldError, ValidationFailed
from chassis.timers import cancel_timer, set_timer
from chassis.work import Work

from pipeline import calendar, copies
from pipeline.access import acting_staff, reach
from pipeline.holders import holder_for
from pipeline.leads.duplicates import LEAD, REFUSED_FROM, Probe, likely_same
from pipeline.leads.giving import RESPONSE, give_out, hand_on, policy_terms, start_clock
from pipeline.leads.model import (
    Company,
    Contact,
    Lead,
    Likely,
    Origin,
    Referrer,
    capture,
)
from pipeline.leads.store import (
    LEADS,
    PEOPLE,
    Person,
    keep_person,
    person_of,
)


@dataclass(frozen=True, kw_only=True)
class NewLead:
    """A lead as it is given. `force` with a reason: it is another one than it looks like."""

    company: Company
    origin: Origin
    person: Person
    temperature: str = "warm"
    product_line: str | None = None
    need: str | None = None
    external_id: str | None = None
    owner_id: str | None = None
    is_forced: bool = False
    reason: str | None = None


async def capture_lead(
    work: Work, given: NewLead, *, identifier: str | None = None, refuses_duplicates: bool = True
) -> Lead:
    """A new lead, given to somebody at once where a rule finds one.

    Raises:
        Duplicate: somebody works on it already, and `is_forced` does not say otherwise.
    """
    # Two that capture the same company at once queue here.
    await work.guard(f"lead-name:{core_of(given.company.name)}")
    await _require_referrer(work, given.origin.referrer)
    likely = await likely_same(work.db, probe_of(given.company, given.person))
    is_told_apart = given.is_forced and given.reason
    if refuses_duplicates and not is_told_apart:
        await _require_new(work, likely)
    lead = capture(
        given.company,
        given.origin,
        identifier=identifier or new_id(),
        temperature=given.temperature,
        product_line=given.product_line,
        need=given.need,
        external_id=given.external_id,
        likely=likely[:5],
        duplicate_reason=given.reason if is_told_apart else None,
    )
    work.add(LEADS, lead)
    keep_person(work, lead.id, given.person)
    await give_out(work, lead, owner_id=given.owner_id)
    return lead


async def capture_by_hand(work: Work, given: NewLead) -> Lead:
    """By a member of staff, for whoever they may assign leads to."""
    await work.scope("leads:write")
    if given.owner_id is not None and given.owner_id != acting_staff(work):
        await holder_for(work, given.owner_id, "leads:assign")
    return await capture_lead(work, given)


async def check_duplicates(work: Work, probe: Probe) -> list[Likely]:
    await work.scope("leads:check-duplicates")
    return await likely_same(work.db, probe)


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is named changes: of the company, of the person, of the lead itself."""

    company: dict[str, Any]
    person: dict[str, Any]
    lead: dict[str, Any]


async def update_lead(work: Work, identifier: str, changes: Changes) -> Lead:
    """What changed of the person is told by name only."""
    lead = await reach(work, LEADS, identifier, "leads:write")
    temperature = lead.temperature
    lead.change(changes.company | changes.lead)
    if changes.person:
        known = person_of(await work.document(PEOPLE, identifier))
        _change_person(work, lead, known, changes.person)
    if lead.temperature != temperature and lead.respond_by is not None:
        terms = await policy_terms(work)
        days = await calendar.workdays(work)
        lead.hurry(days.add_working_time(work.now, terms.response_time(lead.temperature)))
        set_timer(work, RESPONSE, lead.id, lead.respond_by)
    return lead


async def assign_lead(work: Work, identifier: str, owner_id: str | None) -> Lead:
    """Give it to somebody, or (None) to whom the rules choose; also from the pool."""
    scope = await work.scope("leads:assign")
    lead = await work.load(LEADS, identifier)
    if not lead.is_in_pool and not scope.allows(lead):
        scope.require(lead, seen=await work.scope("leads:read"))
    if owner_id is None:
        await hand_on(work, lead, "reassigned")
        return lead
    holder = await holder_for(work, owner_id, "leads:assign")
    await start_clock(work, lead, holder.staff_id, way="person")
    return lead


async def claim_lead(work: Work, identifier: str) -> Lead:
    """From the pool, for oneself 领取."""
    await work.scope("leads:claim")
    lead = await work.load(LEADS, identifier)
    staff_id = acting_staff(work)
    if not (await organisation.stamp(work, staff_id)).exists:
        raise ValidationFailed(
            copies.field_error("", "not-staff", "账号未关联员工", "the account is nobody's")
        )
    await start_clock(work, lead, staff_id, way="claim")
    return lead


async def give_back_lead(work: Work, identifier: str, reason: str) -> Lead:
    lead = await reach(work, LEADS, identifier, "leads:write")
    lead.give_back(reason)
    cancel_timer(work, RESPONSE, lead.id)
    return lead


async def record_contact(
    work: Work, identifier: str, *, method: str, result: str, at: datetime | None
) -> Lead:
    """The first contact since it was assigned stops the clock."""
    lead = await reach(work, LEADS, identifier, "leads:write")
    if at is not None and at > work.now:
        raise ValidationFailed(
            copies.field_error("/at", "in-future", "不能晚于现在", "is still to come")
        )
    moment = at or work.now
    days = await calendar.workdays(work)
    taken = days.working_time(lead.assigned_at or moment, moment)
    lead.respond(
        Contact(at=moment, method=method, result=result),
        working_minutes=int(taken.total_seconds() // 60),
    )
    cancel_timer(work, RESPONSE, lead.id)
    return lead


async def disqualify_lead(work: Work, identifier: str, reason: str) -> Lead:
    lead = await reach(work, LEADS, identifier, "leads:disqualify")
    lead.disqualify(reason)
    cancel_timer(work, RESPONSE, lead.id)
    return lead


async def reopen_lead(work: Work, identifier: str) -> Lead:
    """Its owner goes on with it, if still there; else it is given out anew."""
    lead = await reach(work, LEADS, identifier, "leads:reopen")
    lead.reopen()
    await give_out(work, lead, owner_id=lead.owner_id, way="reopened")
    return lead


async def erase_person(work: Work, identifier: str) -> Lead:
    """On the person's request: who it was is forgotten, the company's lead stays."""
    lead = await reach(work, LEADS, identifier, "leads:erase")
    if await work.document(PEOPLE, identifier) is not None:
        work.delete(PEOPLE, identifier)
        lead.erase_person(work.now)
    return lead


def probe_of(company: Company, person: Person, *, ignoring: str | None = None) -> Probe:
    return Probe(company.name, company.credit_code, person.phone, person.mail, ignoring)


def _change_person(work: Work, lead: Lead, before: Person, personal: dict[str, Any]) -> None:
    if lead.person_erased_at is not None:
        raise ValidationFailed(
            copies.field_error("/contact", "erased", "联系人已按要求删除", "the person was erased")
        )
    changed = sorted(name for name, value in personal.items() if getattr(before, name) != value)
    if changed:
        keep_person(work, lead.id, replace(before, **personal))
        lead.note_change([f"contact.{name}" for name in changed])


async def _require_new(work: Work, likely: list[Likely]) -> None:
    for one in likely:
        if one.kind == LEAD and one.score >= REFUSED_FROM:
            raise await _duplicate(work, one)


async def _duplicate(work: Work, likely: Likely) -> Duplicate:
    """Whom to talk to; nothing of what the lead says."""
    owner_id = likely.owner_id
    name = (await organisation.stamp(work, owner_id)).name if owner_id else ""
    called = name or owner_id or "-"
    return Duplicate(
        {
            CHINESE: f"线索已存在，负责人：{called}；确为不同线索时请用 force 和 reason",
            ENGLISH: f"it exists, owned by {called}; another one takes force and reason",
        },
        members={
            "owner": {"id": owner_id, "name": name} if owner_id else None,
            "score": likely.score,
            "reasons": likely.reasons,
            "can_be_forced": True,
        },
    )


async def _require_referrer(work: Work, referrer: Referrer | None) -> None:
    if referrer is None:
        return
    collection = {
        "customer": copies.CUSTOMERS,
        "contact": copies.CONTACTS,
        "staff": organisation.STAFF,
    }[referrer.kind]
    known = await work.document(collection, referrer.id)
    if known is None or known.get("is_erased"):
        error: FieldError = copies.unknown("/referrer/id", "介绍人", "referrer")
        raise ValidationFailed(error)
