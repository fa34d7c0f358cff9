"""Teams of deals: who is asked, who leads, what a member sees and nobody else; credit shares."""

from typing import Any

import msgspec
import pytest
from chassis.testkit.running import Client, Running, a_message, published, take
from contracts import field
from contracts import pipeline as wire
from httpx import Response

PEOPLE = {
    "anna": "commercial",
    "bert": "commercial",
    "cleo": "consultant",
    "dora": "presales",
    "emil": "executive",
}


async def staff(running: Running) -> None:
    told = [
        msgspec.convert(
            {
                "staff_id": one,
                "profile": {"name": one.title(), "team_id": "team-2", "roles": [role]},
            },
            field.StaffJoined,
        )
        for one, role in PEOPLE.items()
    ]
    await take(running, [a_message(each, subject=str(each.staff_id), sequence=1) for each in told])


def one(running: Running, name: str) -> Client:
    return running.as_(name, PEOPLE.get(name, "rep"))


async def a_deal(running: Running, stage: int = 5) -> str:
    await staff(running)
    body = {"name": "A plant", "customer_id": "customer-1", "template": "project", "stage": stage}
    opened = await one(running, "rep-1").post("/opportunities", json=body)
    assert opened.status_code == 201, opened.text
    found: str = opened.json()["id"]
    return found


async def ask(running: Running, deal: str, role: str, who: str | None, **more: Any) -> Response:
    body = {"role": role, "staff_id": who} | more
    return await one(running, "rep-1").post(f"/opportunities/{deal}/request-member", json=body)


async def answer(
    running: Running, deal: str, seat: Response, who: str, verb: str, **body: Any
) -> Response:
    path = f"/opportunities/{deal}/team/{seat.json()['id']}/{verb}"
    return await one(running, who).post(path, json=body)


async def join(running: Running, deal: str, role: str, who: str) -> Response:
    seat = await ask(running, deal, role, who)
    assert seat.status_code == 200, seat.text
    taken = await answer(running, deal, seat, who, "accept")
    assert taken.status_code == 200, taken.text
    return seat


async def leads(running: Running, deal: str) -> dict[str, str]:
    team = (await one(running, "rep-1").get(f"/opportunities/{deal}/team")).json()
    return {stage["code"]: stage["lead"]["name"] for stage in team["stages"]}


def problem(answered: Response) -> tuple[int, str]:
    return answered.status_code, answered.json()["type"].rpartition("/")[2]


async def test_the_name_of_the_lead_is_known_at_every_stage(granted: Running) -> None:
    deal = await a_deal(granted)
    assert set((await leads(granted, deal)).values()) == {"Darcel Schlecht"}
    await join(granted, deal, "commercial", "anna")
    now = await leads(granted, deal)
    assert (now["negotiation"], now["signing"]) == ("Anna", "Anna")
    assert now["formal_design"] == "Darcel Schlecht"


async def test_nobody_is_in_the_team_before_they_accept(granted: Running) -> None:
    deal = await a_deal(granted)
    seat = await ask(granted, deal, "commercial", "anna")
    assert (await one(granted, "anna").get(f"/opportunities/{deal}")).status_code == 404
    waiting = (await one(granted, "anna").get("/team-requests")).json()["items"]
    assert [(each["name"], each["seats"][0]["id"]) for each in waiting] == [
        ("A plant", seat.json()["id"])
    ]
    declined = await answer(granted, deal, seat, "anna", "decline", reason="no time")
    assert declined.json()["status"] == "declined"
    assert (await one(granted, "anna").get(f"/opportunities/{deal}")).status_code == 404
    assert (await one(granted, "anna").get("/team-requests")).json()["items"] == []
    assert problem(await answer(granted, deal, seat, "anna", "accept")) == (
        409,
        "team-seat-status",
    )


async def test_a_request_to_a_role_is_taken_by_whoever_has_it(granted: Running) -> None:
    deal = await a_deal(granted)
    seat = await ask(granted, deal, "consultant", None)
    assert (await answer(granted, deal, seat, "dora", "accept")).status_code == 404
    assert (await one(granted, "dora").get("/team-requests")).json()["items"] == []
    assert len((await one(granted, "cleo").get("/team-requests")).json()["items"]) == 1
    taken = await answer(granted, deal, seat, "cleo", "accept")
    assert (taken.json()["staff_id"], taken.json()["status"]) == ("cleo", "accepted")


async def test_who_was_not_asked_cannot_answer(granted: Running) -> None:
    deal = await a_deal(granted)
    seat = await ask(granted, deal, "commercial", "anna")
    for who in ("bert", "rep-3"):
        for verb, body in (("accept", {}), ("decline", {"reason": "x"}), ("leave", {})):
            assert (await answer(granted, deal, seat, who, verb, **body)).status_code == 404


async def test_a_lead_passes_on_the_seat_and_leads_until_it_is_taken(granted: Running) -> None:
    deal = await a_deal(granted)
    seat = await join(granted, deal, "commercial", "anna")
    taken = await ask(granted, deal, "commercial", "bert")
    assert problem(taken) == (409, "team-lead-taken")
    successor = await answer(granted, deal, seat, "anna", "transfer", staff_id="bert")
    assert successor.status_code == 200, successor.text
    assert (await leads(granted, deal))["negotiation"] == "Anna"
    await answer(granted, deal, successor, "bert", "accept")
    assert (await leads(granted, deal))["negotiation"] == "Bert"
    assert (await one(granted, "anna").get(f"/opportunities/{deal}")).status_code == 404


async def test_the_owner_leads_again_when_the_lead_has_left(granted: Running) -> None:
    deal = await a_deal(granted)
    seat = await join(granted, deal, "commercial", "anna")
    assert (await answer(granted, deal, seat, "anna", "leave")).json()["status"] == "left"
    assert (await leads(granted, deal))["negotiation"] == "Darcel Schlecht"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": "rep"}, "/role"),
        ({"role": "service"}, "/role"),
        ({"role": "commercial", "stages": ["formal_design"]}, "/stages/0"),
        ({"role": "commercial", "stages": ["nowhere"]}, "/stages/0"),
        ({"role": "commercial", "staff_id": "cleo"}, "/staff_id"),
        ({"role": "commercial", "staff_id": "nobody"}, "/staff_id"),
    ],
)
async def test_a_request_asks_for_a_duty_of_the_process_from_somebody_who_has_the_role(
    granted: Running, body: dict[str, Any], pointer: str
) -> None:
    deal = await a_deal(granted)
    refused = await one(granted, "rep-1").post(f"/opportunities/{deal}/request-member", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


async def test_a_member_sees_the_deal_and_its_papers_until_leaving(granted: Running) -> None:
    deal = await a_deal(granted)
    rep = one(granted, "rep-1")
    body = {"opportunity_id": deal, "number": "ZB-7", "title": "A plant"}
    before = (await rep.post("/tenders", json=body)).json()["id"]
    seat = await join(granted, deal, "commercial", "anna")
    after = (await rep.post("/tenders", json=body)).json()["id"]
    anna, dora = one(granted, "anna"), one(granted, "dora")
    paths = [f"/opportunities/{deal}", *(f"/tenders/{each}" for each in (before, after))]

    async def seen(client: Client) -> list[int]:
        return [(await client.get(path)).status_code for path in paths]

    assert await seen(anna) == [200, 200, 200]
    assert await seen(dora) == [404, 404, 404]
    await answer(granted, deal, seat, "anna", "leave", reason="moved")
    assert await seen(anna) == [404, 404, 404]


async def test_a_member_sees_nothing_else_of_that_customer(granted: Running) -> None:
    deal = await a_deal(granted)
    rep, anna = one(granted, "rep-1"), one(granted, "anna")
    more = {"name": "Another plant", "customer_id": "customer-1", "template": "project"}
    other = (await rep.post("/opportunities", json=more)).json()["id"]
    tender = {"opportunity_id": other, "number": "ZB-8", "title": "Another"}
    await rep.post("/tenders", json=tender)
    await join(granted, deal, "commercial", "anna")
    listed = (await anna.get("/opportunities", params={"customer_id": "customer-1"})).json()
    assert [each["id"] for each in listed["items"]] == [deal]
    assert (await anna.get("/tenders")).json()["items"] == []
    assert (await anna.get(f"/opportunities/{other}/team")).status_code == 404
    found = (await anna.get("/opportunities", params={"q": "Another"})).json()
    assert found["items"] == []


async def test_a_change_of_the_deal_leaves_its_members_in(granted: Running) -> None:
    deal = await a_deal(granted)
    await join(granted, deal, "commercial", "anna")
    rep = one(granted, "rep-1")
    known = await rep.get(f"/opportunities/{deal}")
    async with published(granted.db) as events:
        changed = await rep.patch(
            f"/opportunities/{deal}",
            json={"collaborator_ids": ["rep-2"]},
            headers={"If-Match": known.headers["ETag"]},
        )
    assert changed.json()["collaborator_ids"] == ["rep-2", "anna"]
    told = events.payloads(wire.OpportunityUpdated)[0]
    assert told.collaborator_ids == ["rep-2", "anna"], "whoever keeps rights keeps hers"
    assert (await one(granted, "anna").get(f"/opportunities/{deal}")).status_code == 200


async def test_the_gate_tells_which_roles_nobody_has_taken(granted: Running) -> None:
    deal = await a_deal(granted)

    async def missing() -> set[str]:
        gate = (await one(granted, "rep-1").get(f"/opportunities/{deal}/gate")).json()
        return {each["role"] for each in gate["roles_missing"]}

    assert await missing() == {"presales", "consultant"}
    await join(granted, deal, "consultant", "cleo")
    assert await missing() == {"presales"}


async def test_the_consultant_of_the_team_confirms_feasibility(granted: Running) -> None:
    deal = await a_deal(granted)
    path = f"/opportunities/{deal}/confirm-feasibility"
    body = {"text": "It can be done"}
    assert (await one(granted, "cleo").post(path, json=body)).status_code == 404
    await join(granted, deal, "consultant", "cleo")
    assert (await one(granted, "cleo").post(path, json=body)).status_code == 200


async def test_executive_time_is_granted_with_its_hours(granted: Running) -> None:
    deal = await a_deal(granted)
    applied = await one(granted, "rep-1").post(
        f"/opportunities/{deal}/apply-executive-time",
        json={"hours": "4", "purpose": "their general manager"},
    )
    assert applied.status_code == 200, applied.text
    assert applied.json()["status"] == "applied"
    for _ in range(3):
        asked = await granted.db["approvals"].find_one({"paper.id": applied.json()["id"]})
        assert asked is not None, "nobody was asked"
        for who in asked["collaborator_ids"]:
            await granted.as_(who, "director").post(f"/approvals/{asked['_id']}/approve", json={})
    team = (await one(granted, "rep-1").get(f"/opportunities/{deal}/team")).json()
    [time] = team["executive_time"]
    assert (time["status"], time["hours"]) == ("granted", "4")


async def credit(running: Running, deal: str, **shares: str) -> Response:
    said = [{"staff_id": who.replace("_", "-"), "percent": part} for who, part in shares.items()]
    return await one(running, "rep-1").post(
        f"/opportunities/{deal}/agree-credit", json={"shares": said}
    )


async def simple_deal(running: Running) -> str:
    body = {
        "name": "A deal",
        "customer_id": "customer-1",
        "template": "simple",
        "collaborator_ids": ["rep-2"],
        "amount": {"amount": "100.00", "currency": "CNY"},
    }
    opened = await one(running, "rep-1").post("/opportunities", json=body)
    found: str = opened.json()["id"]
    return found


async def win(running: Running, deal: str) -> Response:
    boss = running.as_("boss", "supervisor")
    gate = await boss.get(f"/opportunities/{deal}/gate", params={"to_stage": 5})
    missing = [each["milestone"] for each in gate.json()["milestones"] if not each["is_met"]]
    if missing:
        body: dict[str, Any] = {"milestones": missing, "reason": "known to be so"}
        waived = await boss.post(f"/opportunities/{deal}/waive", json=body)
        assert waived.status_code == 200, waived.text
    won = await boss.post(f"/opportunities/{deal}/win", json={})
    assert won.status_code == 200, won.text
    return won


@pytest.mark.parametrize(
    ("shares", "code"),
    [
        ({"rep_1": "60", "rep_2": "30"}, "not-whole"),
        ({"rep_1": "60", "rep_2": "50"}, "not-whole"),
        ({"rep_1": "60", "rep_3": "40"}, "not-in-deal"),
    ],
)
async def test_credit_shares_are_a_hundred_in_all_among_those_who_take_part(
    granted: Running, shares: dict[str, str], code: str
) -> None:
    refused = await credit(granted, await simple_deal(granted), **shares)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, code)


async def test_winning_fixes_the_credit_shares_for_good(granted: Running) -> None:
    deal = await simple_deal(granted)
    agreed = await credit(granted, deal, rep_1="70", rep_2="30")
    assert agreed.status_code == 200, agreed.text
    async with published(granted.db) as events:
        won = await win(granted, deal)
    fixed = [("rep-1", "70"), ("rep-2", "30")]
    told = events.payloads(wire.OpportunityWon)[0].credit_shares
    assert [(each.staff_id, str(each.percent)) for each in told] == fixed
    shown = won.json()["credit_shares"]
    assert [(each["staff_id"], each["percent"]) for each in shown] == fixed
    assert problem(await credit(granted, deal, rep_1="100")) == (409, "credit-shares-fixed")
    boss = granted.as_("boss", "supervisor")
    reopened = await boss.post(f"/opportunities/{deal}/reopen", json={"reason": "too early"})
    assert reopened.status_code == 200, reopened.text
    assert problem(await credit(granted, deal, rep_1="100")) == (409, "credit-shares-fixed")


async def test_all_is_the_owners_where_nothing_was_agreed(granted: Running) -> None:
    won = await win(granted, await simple_deal(granted))
    shown = won.json()["credit_shares"]
    assert [(each["staff_id"], each["percent"]) for each in shown] == [("rep-1", "100")]
