"""What can be done with rules of assignment, and whom they choose for a lead."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from chassis import organisation
from chassis.ids import new_id
from chassis.organisation import STAFF
from chassis.problems import FieldError, ValidationFailed
from chassis.work import Work

from pipeline import calendar, copies
from pipeline.lead_assignment.model import (
    POLICY_ID,
    Candidate,
    LeadPolicy,
    Rule,
    Terms,
    Traits,
    chosen,
    default_policy,
    is_for,
    set_rule,
)
from pipeline.lead_assignment.store import POLICIES, RULES, TURNS, rules_in_order
from pipeline.leads.store import open_leads_of


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Who gets a lead, and by which rule."""

    staff_id: str
    rule_id: str


async def set_assignment_rule(work: Work, terms: Terms) -> Rule:
    await work.scope("lead-assignment-rules:write")
    await _require_known(work, terms)
    return work.add(RULES, set_rule(terms, new_id()))


async def change_assignment_rule(work: Work, rule_id: str, changes: dict[str, Any]) -> Rule:
    await work.scope("lead-assignment-rules:write")
    rule = await work.load(RULES, rule_id)
    rule.change(changes)
    await _require_known(work, rule.terms)
    return rule


async def withdraw_assignment_rule(work: Work, rule_id: str) -> Rule:
    await work.scope("lead-assignment-rules:write")
    rule = await work.load(RULES, rule_id)
    rule.withdraw()
    return rule


async def change_policy(work: Work, changes: dict[str, Any]) -> LeadPolicy:
    await work.scope("lead-policy:write")
    policy = await policy_of(work)
    policy.change(changes)
    return policy


async def policy_of(work: Work) -> LeadPolicy:
    known = await work.find(POLICIES, POLICY_ID)
    return known or work.add(POLICIES, default_policy())


async def choose_owner(
    work: Work, lead: Traits, *, excluding: Collection[str] = ()
) -> Choice | None:
    """The first rule that is for such a lead and finds somebody decides; None: nobody does."""
    for rule in await rules_in_order(work.db):
        if not is_for(rule.terms, lead):
            continue
        # Turns and loads are read and changed by one decision at a time.
        await work.guard(f"lead-rule:{rule.id}")
        candidates = await _candidates(work, rule.terms, excluding)
        turn = await work.db[TURNS].find_one({"_id": rule.id})
        staff_id = chosen(rule.terms, lead, candidates, turn["last"] if turn else None)
        if staff_id is not None:
            work.put(TURNS, {"_id": rule.id, "last": staff_id})
            return Choice(staff_id=staff_id, rule_id=rule.id)
    return None


async def is_available(work: Work, staff_id: str) -> bool:
    """Employed, and not away today."""
    person = await work.document(STAFF, staff_id)
    if person is None or not person.get("is_active", True):
        return False
    today = (await calendar.workdays(work)).local_date(work.now)
    return not await calendar.is_away(work, staff_id, today)


async def _candidates(work: Work, terms: Terms, excluding: Collection[str]) -> list[Candidate]:
    named: dict[str, Any] = {
        "$or": [{"_id": {"$in": terms.staff_ids}}, {"team_id": {"$in": terms.team_ids}}],
        "is_active": True,
    }
    people = [
        person["_id"]
        async for person in work.db[STAFF].find(named, {"_id": 1})
        if person["_id"] not in excluding
    ]
    there = [one for one in people if await is_available(work, one)]
    loads = await open_leads_of(work.db, there)
    return [
        Candidate(
            staff_id=one,
            region=(await organisation.stamp(work, one)).region,
            open_leads=loads[one],
        )
        for one in there
    ]


async def _require_known(work: Work, terms: Terms) -> None:
    """The people and teams that a rule names exist, and it names some."""
    errors: list[FieldError] = []
    if not terms.staff_ids and not terms.team_ids:
        errors.append(
            copies.field_error("/staff_ids", "nobody", "须指定人员或团队", "name people or teams")
        )
    for pointer, collection, named, zh, en in (
        ("/staff_ids", STAFF, terms.staff_ids, "员工", "member of staff"),
        ("/team_ids", organisation.TEAMS, terms.team_ids, "团队", "team"),
    ):
        known = await work.documents(collection, list(named))
        errors += [
            copies.unknown(f"{pointer}/{place}", zh, en)
            for place, one in enumerate(named)
            if one not in known
        ]
    if errors:
        raise ValidationFailed(errors)
