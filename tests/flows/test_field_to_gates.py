"""From the visit plan to the next stage: gates open because of what happened, and not before."""

from typing import Any

from chassis.testkit import published
from contracts import pipeline as wire

from tests.flows.company import Body, Company, a_customer, a_fix, yuan

SURVEY = {
    "need": "a second packing line",
    "budget_range": "1-2 million",
    "purchase_on": "2026-09-30",
    "purchase_method": "tender",
}


async def a_project(acme: Company, *, buying_role: str | None = "decision_maker") -> dict[str, Any]:
    """A customer with a contact and a project deal, known to all."""
    customer = await acme.rep.post("/customers", a_customer())
    contact = await acme.rep.post(
        "/contacts",
        {"customer_id": customer["id"], "name": "Buster Bluth", "buying_role": buying_role},
    )
    await acme.carry()
    deal = await acme.rep.post(
        "/opportunities",
        {
            "name": "Packing line",
            "template": "project",
            "customer_id": customer["id"],
            "amount": yuan(1_500_000),
        },
    )
    return {"customer": customer["id"], "contact": contact["id"], "deal": deal["id"]}


def a_plan(project: dict[str, Any], **line: Any) -> Body:
    return {
        "on": "2026-03-02",
        "customers": [
            {
                "customer_id": project["customer"],
                "purpose": "new_development",
                "times": {"starts_at": "2026-03-02T10:00:00+08:00"},
                "opportunity_ids": [project["deal"]],
                "contact_ids": [project["contact"]],
            }
            | line
        ],
    }


async def a_submitted_plan(acme: Company, project: dict[str, Any]) -> Body:
    plan = await acme.rep.post("/visit-plans", a_plan(project))
    return await acme.rep.post(f"/visit-plans/{plan['id']}/submit")


def missing(problem: Body) -> set[str]:
    assert problem["type"] == "/problems/gate-closed"
    return {one["milestone"] for one in problem["missing"]}


async def test_a_project_moves_because_of_its_visit_and_not_before(acme: Company) -> None:
    project = await a_project(acme)
    advance = f"/opportunities/{project['deal']}/advance"

    refusal = await acme.rep.refused(409, advance)
    assert missing(refusal) == {"appointment", "approved_plan"}
    assert all(one["title"] and one["proof"] for one in refusal["missing"])
    assert "approved visit plan" in " ".join(one["proof"] for one in refusal["missing"])

    plan = await a_submitted_plan(acme, project)
    assert plan["is_late"]
    await acme.carry()
    # The appointment is made; nobody has approved the plan yet.
    assert missing(await acme.rep.refused(409, advance)) == {"approved_plan"}

    await acme.boss.post(f"/visit-plans/{plan['id']}/approve", {"comment": "go"})
    await acme.carry()
    moved = await acme.rep.post(advance)
    assert moved["stage"]["number"] == 2

    assert missing(await acme.rep.refused(409, advance)) == {"first_survey"}
    visit = f"/visits/{plan['customers'][0]['visit_id']}"
    await acme.rep.post(f"{visit}/check-in", {"fix": a_fix(acme)})
    await acme.rep.post(
        f"{visit}/actions",
        {"action": "survey", "contact_ids": [project["contact"]], "survey": SURVEY},
    )
    assert missing(await acme.rep.refused(409, advance)) == {"first_survey"}
    await acme.carry()
    moved = await acme.rep.post(advance)
    assert moved["stage"]["number"] == 3


async def test_each_milestone_is_proven_once_and_names_its_event(acme: Company) -> None:
    project = await a_project(acme)
    async with published(acme.services["pipeline"].db) as events:
        plan = await a_submitted_plan(acme, project)
        await acme.boss.post(f"/visit-plans/{plan['id']}/approve")
        visit_id = plan["customers"][0]["visit_id"]
        await acme.rep.post(f"/visits/{visit_id}/check-in", {"fix": a_fix(acme)})
        await acme.rep.post(
            f"/visits/{visit_id}/actions",
            {"action": "survey", "contact_ids": [project["contact"]], "survey": SURVEY},
        )
        await acme.carry()
        await acme.rep.post(f"/opportunities/{project['deal']}/advance", {"stage": 3})
    proofs = {one.milestone: one.proof for one in events.payloads(wire.MilestoneProven)}
    assert proofs == {
        "appointment": f"visit:{visit_id}:1",
        "approved_plan": f"visit_plan:{plan['id']}:3",
        "first_survey": f"visit:{visit_id}:3",
        "needs": f"visit:{visit_id}:3",
    }
    assert len(events.payloads(wire.MilestoneProven)) == len(proofs)


async def test_a_buying_role_that_is_learned_after_the_visit_still_counts(acme: Company) -> None:
    project = await a_project(acme, buying_role=None)
    plan = await a_submitted_plan(acme, project)
    await acme.boss.post(f"/visit-plans/{plan['id']}/approve")
    visit = f"/visits/{plan['customers'][0]['visit_id']}"
    await acme.rep.post(f"{visit}/check-in", {"fix": a_fix(acme)})
    await acme.rep.post(
        f"{visit}/actions",
        {"action": "survey", "contact_ids": [project["contact"]], "survey": SURVEY},
    )
    await acme.carry()
    skip = f"/opportunities/{project['deal']}/advance"
    assert missing(await acme.rep.refused(409, skip, {"stage": 3})) == {"first_survey"}
    await acme.rep.patch(f"/contacts/{project['contact']}", {"buying_role": "economic_buyer"})
    await acme.carry()
    moved = await acme.rep.post(skip, {"stage": 3})
    assert moved["stage"]["number"] == 3


async def test_a_visit_without_a_deal_is_offered_for_linking(acme: Company) -> None:
    project = await a_project(acme)
    plan = await acme.rep.post("/visit-plans", a_plan(project, opportunity_ids=[]))
    await acme.rep.post(f"/visit-plans/{plan['id']}/submit")
    await acme.boss.post(f"/visit-plans/{plan['id']}/approve")
    await acme.carry()
    deal = f"/opportunities/{project['deal']}"
    assert missing(await acme.rep.refused(409, f"{deal}/advance")) == {
        "appointment",
        "approved_plan",
    }
    offered = (await acme.rep.get(f"{deal}/evidence"))["offered"]
    assert {one["kind"] for one in offered} == {"appointment_made", "visit_plan_approved"}
    await acme.rep.post(f"{deal}/link-evidence", {"evidence": [one["id"] for one in offered]})
    assert (await acme.rep.post(f"{deal}/advance"))["stage"]["number"] == 2


async def test_a_rejected_plan_is_no_appointment_any_more(acme: Company) -> None:
    project = await a_project(acme)
    plan = await a_submitted_plan(acme, project)
    await acme.carry()
    await acme.boss.post(f"/visit-plans/{plan['id']}/reject", {"comment": "not this week"})
    await acme.carry()
    refusal = await acme.rep.refused(409, f"/opportunities/{project['deal']}/advance")
    assert missing(refusal) == {"appointment", "approved_plan"}
    gate = await acme.rep.get(f"/opportunities/{project['deal']}/gate")
    states = {one["milestone"]: one["state"] for one in gate["milestones"]}
    assert states == {"appointment": "invalid", "approved_plan": "missing"}


async def test_evidence_that_is_withdrawn_blocks_the_next_move_only(acme: Company) -> None:
    project = await a_project(acme)
    deal = f"/opportunities/{project['deal']}"
    # Two appointments; the deal moves on the first, which is then called off.
    follow_up = await acme.rep.post(
        "/follow-ups",
        {
            "opportunity_id": project["deal"],
            "contact_ids": [project["contact"]],
            "at": "2026-03-03T10:00:00+08:00",
            "method": "phone",
        },
    )
    plan = await acme.rep.post("/visit-plans", a_plan(project, contact_ids=[]))
    await acme.rep.post(f"/visit-plans/{plan['id']}/submit")
    await acme.boss.post(f"/visit-plans/{plan['id']}/approve")
    await acme.carry()
    assert (await acme.rep.post(f"{deal}/advance"))["stage"]["number"] == 2
    await acme.rep.post(f"/follow-ups/{follow_up['id']}/cancel", {"reason": "they are away"})
    read = await acme.rep.get(deal)
    assert read["stage"]["number"] == 2
    assert read["milestones"]["appointment"]["state"] == "invalid"
    assert "appointment" in missing(await acme.rep.refused(409, f"{deal}/advance"))


async def test_an_unplanned_visit_counts_once_a_superior_accepts_it(acme: Company) -> None:
    project = await a_project(acme)
    deal = f"/opportunities/{project['deal']}"
    line = a_plan(project)["customers"][0]
    visit = await acme.rep.post("/visits", line)
    await acme.rep.post(f"/visits/{visit['id']}/check-in", {"fix": a_fix(acme)})
    await acme.carry()
    assert "approved_plan" in missing(await acme.rep.refused(409, f"{deal}/advance"))
    assert (await acme.rep.ask("POST", f"/visits/{visit['id']}/accept", {})).status_code == 403
    await acme.boss.post(f"/visits/{visit['id']}/accept")
    await acme.carry()
    # Nobody had agreed a time with anybody beforehand.
    assert missing(await acme.rep.refused(409, f"{deal}/advance")) == {"appointment"}


async def test_nobody_approves_a_plan_of_their_own(acme: Company) -> None:
    project = await a_project(acme)
    plan = await a_submitted_plan(acme, project)
    for nobody in (acme.rep, acme.other_boss, acme.stranger):
        answer = await nobody.ask("POST", f"/visit-plans/{plan['id']}/approve", {})
        assert answer.status_code in {403, 404}
    await acme.carry()
    assert "approved_plan" in missing(
        await acme.rep.refused(409, f"/opportunities/{project['deal']}/advance")
    )


async def test_an_undecided_plan_may_proceed_but_opens_no_gate(acme: Company) -> None:
    project = await a_project(acme)
    plan = await a_submitted_plan(acme, project)
    visit = f"/visits/{plan['customers'][0]['visit_id']}"
    arrived = await acme.rep.post(f"{visit}/check-in", {"fix": a_fix(acme)})
    assert arrived["check_in"]["plan_status"] == "unreviewed"
    await acme.carry()
    refusal = await acme.rep.refused(409, f"/opportunities/{project['deal']}/advance")
    assert missing(refusal) == {"approved_plan"}


async def test_a_survey_by_phone_is_no_visit(acme: Company) -> None:
    project = await a_project(acme)
    plan = await acme.rep.post("/visit-plans", a_plan(project, is_phone=True))
    await acme.rep.post(f"/visit-plans/{plan['id']}/submit")
    await acme.boss.post(f"/visit-plans/{plan['id']}/approve")
    visit = f"/visits/{plan['customers'][0]['visit_id']}"
    await acme.rep.post(f"{visit}/check-in")
    await acme.rep.post(
        f"{visit}/actions",
        {"action": "survey", "contact_ids": [project["contact"]], "survey": SURVEY},
    )
    await acme.carry()
    refusal = await acme.rep.refused(409, f"/opportunities/{project['deal']}/advance", {"stage": 3})
    assert missing(refusal) == {"first_survey"}


async def test_what_the_survey_left_open_may_stand_on_the_deal(acme: Company) -> None:
    project = await a_project(acme)
    deal = f"/opportunities/{project['deal']}"
    plan = await a_submitted_plan(acme, project)
    await acme.boss.post(f"/visit-plans/{plan['id']}/approve")
    visit = f"/visits/{plan['customers'][0]['visit_id']}"
    await acme.rep.post(f"{visit}/check-in", {"fix": a_fix(acme)})
    survey = {"need": SURVEY["need"], "budget_range": SURVEY["budget_range"]}
    await acme.rep.post(
        f"{visit}/actions",
        {"action": "survey", "contact_ids": [project["contact"]], "survey": survey},
    )
    await acme.carry()
    refusal = await acme.rep.refused(409, f"{deal}/advance", {"stage": 3})
    assert missing(refusal) == {"first_survey"}
    await acme.rep.patch(deal, {"purchase_on": "2026-09-30", "purchase_method": "tender"})
    assert (await acme.rep.post(f"{deal}/advance", {"stage": 3}))["stage"]["number"] == 3


async def test_a_superior_may_change_a_plan_and_what_was_left_out_counts_no_more(
    acme: Company,
) -> None:
    project = await a_project(acme)
    deal = f"/opportunities/{project['deal']}"
    plan = await a_submitted_plan(acme, project)
    await acme.carry()
    other = await acme.rep.post("/customers", a_customer())
    await acme.carry()
    line = {"customer_id": other["id"], "purpose": "service"}
    changed = await acme.boss.post(
        f"/visit-plans/{plan['id']}/change", {"customers": [line], "comment": "they come first"}
    )
    assert changed["status"] == "approved"
    await acme.carry()
    assert missing(await acme.rep.refused(409, f"{deal}/advance")) == {
        "appointment",
        "approved_plan",
    }
    visit = plan["customers"][0]["visit_id"]
    assert (await acme.rep.get(f"/visits/{visit}"))["status"] == "cancelled"
