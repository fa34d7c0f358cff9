"""Approvals through the door: who is asked, what they may do, and what it proves."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from chassis.clock import VirtualClock
from chassis.scopes import Scope
from chassis.testkit.running import Client, Published, Running, deliver, published
from chassis.timers import Timers
from contracts import field
from contracts import pipeline as wire
from contracts.values import StaffId, TeamId
from httpx import Response
from pipeline.approvals.commands import request_approval, void_approvals
from pipeline.approvals.model import Paper
from pipeline.approvals.queries import Sight
from pipeline.due import TIMERS

A_MATRIX: dict[str, Any] = {
    "kind": "bid_review",
    "rows": [
        {"asks": [{"line": 1}]},
        {"asks": [{"line": 2}], "amount_from": "500000"},
    ],
}


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


def of_approvals(events: Published) -> list[str]:
    return [one for one in events.types if one.startswith("approval.")]


async def a_deal(client: Client, worth: str = "100000.00", **values: Any) -> str:
    body: dict[str, Any] = {
        "name": "A deal",
        "customer_id": "customer-1",
        "template": "project",
        "amount": {"amount": worth, "currency": "CNY"},
    }
    answer = await client.post("/opportunities", json=body | values)
    assert answer.status_code == 201, answer.text
    identifier: str = answer.json()["id"]
    return identifier


async def a_review(
    client: Client, deal: str | None = None, kind: str = "bid_review", **values: Any
) -> dict[str, Any]:
    body = {"kind": kind, "opportunity_id": deal or await a_deal(client)}
    answer = await client.post("/approvals", json=body | values)
    assert answer.status_code == 201, answer.text
    review: dict[str, Any] = answer.json()
    return review


def people(pipeline: Running) -> tuple[Client, Client, Client]:
    return (
        pipeline.as_("rep-1", "rep"),
        pipeline.as_("boss", "supervisor"),
        pipeline.as_("director", "director"),
    )


async def test_a_review_is_asked_of_the_direct_superior_and_proves_the_milestone(
    pipeline: Running,
) -> None:
    rep, boss, _ = people(pipeline)
    review = await a_review(rep, note="please")
    assert review["waiting_for"] == "boss"
    async with published(pipeline.db) as events:
        answer = await boss.post(f"/approvals/{review['id']}/approve", json={"comment": "good"})
    assert answer.json()["status"] == "approved", answer.text
    assert events.types[0] == "approval.decided"
    [decided] = events.payloads(wire.ApprovalDecided)
    assert (decided.decided_by, decided.outcome) == ("boss", "approved")
    deal = (await rep.get(f"/opportunities/{review['paper']['id']}")).json()
    assert deal["milestones"]["bid_review"]["state"] == "proven"


async def test_the_matrix_asks_more_people_the_more_it_is_about(pipeline: Running) -> None:
    rep, boss, director = people(pipeline)
    await pipeline.client.post("/approval-matrices", json=A_MATRIX)
    small = await a_review(rep)
    assert [step["approver_id"] for step in small["steps"]] == ["boss"]
    large = await a_review(rep, await a_deal(rep, "500000.00"))
    assert [step["approver_id"] for step in large["steps"]] == ["boss", "director"]
    first = await boss.post(f"/approvals/{large['id']}/approve", json={})
    assert (first.json()["status"], first.json()["waiting_for"]) == ("open", "director")
    last = await director.post(f"/approvals/{large['id']}/approve", json={})
    assert last.json()["status"] == "approved"


async def test_an_amount_in_another_currency_is_judged_in_the_company_s(pipeline: Running) -> None:
    rep, *_ = people(pipeline)
    await pipeline.client.post("/approval-matrices", json=A_MATRIX)
    dollars = {"amount": "100000.00", "currency": "USD"}
    refused = await rep.post(
        "/approvals",
        json={"kind": "bid_review", "opportunity_id": await a_deal(rep, amount=dollars)},
    )
    assert slug(refused) == "exchange-rate-unknown", refused.text
    rate = {"currency": "USD", "rate": "7.1", "on": "2026-01-01"}
    told = await pipeline.client.post("/exchange-rates", json=rate)
    assert told.status_code == 201, told.text
    review = await a_review(rep, await a_deal(rep, amount=dollars))
    assert len(review["steps"]) == 2


async def test_nobody_approves_their_own_and_the_next_superior_is_asked(pipeline: Running) -> None:
    _, boss, director = people(pipeline)
    review = await a_review(boss)
    assert review["waiting_for"] == "director"
    refused = await boss.post(f"/approvals/{review['id']}/approve", json={})
    assert (refused.status_code, slug(refused)) == (409, "own-paper")
    headless = await director.post(
        "/approvals", json={"kind": "bid_review", "opportunity_id": await a_deal(director)}
    )
    assert (headless.status_code, slug(headless)) == (409, "no-approver")


async def test_a_superior_who_asks_for_a_rep_is_passed_over(pipeline: Running) -> None:
    rep, boss, _ = people(pipeline)
    assert (await a_review(boss, await a_deal(rep)))["waiting_for"] == "director"


async def test_whose_turn_it_is_not_may_not_decide(pipeline: Running) -> None:
    rep, _, director = people(pipeline)
    review = await a_review(rep)
    refused = await director.post(f"/approvals/{review['id']}/approve", json={})
    assert (refused.status_code, slug(refused)) == (409, "not-your-turn")
    hidden = await pipeline.as_("rep-3", "rep").post(f"/approvals/{review['id']}/approve", json={})
    assert hidden.status_code == 404


async def test_a_deal_that_changed_is_not_approved_and_asked_about_anew(pipeline: Running) -> None:
    rep, boss, _ = people(pipeline)
    review = await a_review(rep)
    deal = review["paper"]["id"]
    read = await rep.get(f"/opportunities/{deal}")
    changed = await rep.patch(
        f"/opportunities/{deal}",
        json={"amount": {"amount": "99.00", "currency": "CNY"}},
        headers={"If-Match": read.headers["ETag"]},
    )
    assert changed.status_code == 200, changed.text
    refused = await boss.post(f"/approvals/{review['id']}/approve", json={})
    assert (refused.status_code, slug(refused)) == (409, "paper-changed")
    assert (await rep.get(f"/approvals/{review['id']}")).json()["status"] == "open"
    again = await a_review(rep, deal)
    assert (again["round"], again["paper"]["amount"]["amount"]) == (2, "99.00")
    assert (await rep.get(f"/approvals/{review['id']}")).json()["status"] == "void"
    assert (await boss.post(f"/approvals/{again['id']}/approve", json={})).status_code == 200


async def test_an_approver_who_looked_at_something_else_is_told(pipeline: Running) -> None:
    rep, boss, _ = people(pipeline)
    review = await a_review(rep)
    refused = await boss.post(f"/approvals/{review['id']}/approve", json={"fingerprint": "old"})
    assert slug(refused) == "paper-changed"
    seen = {"fingerprint": review["paper"]["fingerprint"]}
    assert (await boss.post(f"/approvals/{review['id']}/approve", json=seen)).status_code == 200


async def test_asking_twice_about_the_same_is_one_approval(pipeline: Running) -> None:
    rep, *_ = people(pipeline)
    review = await a_review(rep)
    async with published(pipeline.db) as events:
        assert (await a_review(rep, review["paper"]["id"]))["id"] == review["id"]
    assert events.types == []


async def test_two_at_once_decide_once(pipeline: Running) -> None:
    rep, boss, _ = people(pipeline)
    review = await a_review(rep)
    path = f"/approvals/{review['id']}"
    async with published(pipeline.db) as events:
        answers = await asyncio.gather(
            boss.post(f"{path}/approve", json={}),
            boss.post(f"{path}/refuse", json={"comment": "no"}),
            rep.post(f"{path}/recall", json={}),
        )
    assert sorted(one.status_code for one in answers) == [200, 409, 409]
    ended = [one for one in events.types if one in ("approval.decided", "approval.recalled")]
    assert len(ended) == 1


async def test_a_recalled_approval_is_never_decided(pipeline: Running) -> None:
    rep, boss, _ = people(pipeline)
    review = await a_review(rep)
    path = f"/approvals/{review['id']}"
    by_other = await boss.post(f"{path}/recall", json={})
    assert slug(by_other) == "not-your-turn"
    assert (await rep.post(f"{path}/recall", json={"reason": "wait"})).json()["status"] == (
        "recalled"
    )
    refused = await boss.post(f"{path}/approve", json={})
    assert (slug(refused), refused.json()["outcome"]) == ("approval-settled", "recalled")


async def test_a_refusal_and_a_return_need_a_reason_and_end_the_round(pipeline: Running) -> None:
    rep, boss, _ = people(pipeline)
    for verb, status in (("refuse", "refused"), ("return", "returned")):
        review = await a_review(rep)
        path = f"/approvals/{review['id']}"
        assert (await boss.post(f"{path}/{verb}", json={})).status_code == 400
        ended = (await boss.post(f"{path}/{verb}", json={"comment": "too dear"})).json()
        assert (ended["status"], ended["comment"]) == (status, "too dear")
        assert (await a_review(rep, review["paper"]["id"]))["round"] == 2


async def test_passing_on_and_adding_approvers(pipeline: Running) -> None:
    rep, boss, director = people(pipeline)
    other = pipeline.as_("rep-3", "rep")
    review = await a_review(rep)
    path = f"/approvals/{review['id']}"
    before = await boss.post(
        f"{path}/add-approver", json={"approver_id": "rep-3", "place": "before"}
    )
    assert before.json()["waiting_for"] == "rep-3"
    assert (await other.get(path)).status_code == 200
    assert (await other.post(f"{path}/approve", json={})).json()["waiting_for"] == "boss"
    to_own = await boss.post(f"{path}/pass-on", json={"approver_id": "rep-1"})
    assert to_own.json()["errors"][0]["code"] == "own-paper"
    to_asked = await boss.post(f"{path}/pass-on", json={"approver_id": "rep-3"})
    assert to_asked.json()["errors"][0]["code"] == "asked-already"
    to_nobody = await boss.post(f"{path}/pass-on", json={"approver_id": "nobody"})
    assert to_nobody.json()["errors"][0]["code"] == "unknown"
    passed = await boss.post(f"{path}/pass-on", json={"approver_id": "director"})
    assert passed.json()["waiting_for"] == "director"
    assert (await director.post(f"{path}/approve", json={})).json()["status"] == "approved"


async def test_whoever_may_reassign_passes_on_for_an_approver(pipeline: Running) -> None:
    rep, boss, director = people(pipeline)
    review = await a_review(rep)
    passed = await director.post(
        f"/approvals/{review['id']}/pass-on", json={"approver_id": "rep-2"}
    )
    assert passed.json()["waiting_for"] == "rep-2"
    too_late = await boss.post(f"/approvals/{review['id']}/approve", json={})
    assert slug(too_late) == "not-your-turn"


async def test_urging_is_allowed_now_and_then(pipeline: Running, clock: VirtualClock) -> None:
    rep, boss, _ = people(pipeline)
    review = await a_review(rep)
    path = f"/approvals/{review['id']}/remind"
    assert slug(await boss.post(path)) == "not-your-turn"
    assert (await rep.post(path)).status_code == 200
    soon = await rep.post(path)
    assert (soon.status_code, slug(soon)) == (429, "rate-limited")
    clock.advance(timedelta(hours=5))  # four working hours and the lunch break
    assert (await rep.post(path)).status_code == 200


async def test_late_approvers_are_reminded_then_their_superior_is_asked(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep, boss, director = people(pipeline)
    review = await a_review(rep)
    timers = Timers(pipeline.core, TIMERS)
    clock.advance(timedelta(days=1))
    async with published(pipeline.db) as events:
        await timers.fire_due()
    assert of_approvals(events) == ["approval.reminded"]
    clock.advance(timedelta(days=2))
    async with published(pipeline.db) as events:
        await timers.fire_due()
    assert of_approvals(events) == ["approval.escalated"]
    read = (await director.get(f"/approvals/{review['id']}")).json()
    assert (read["waiting_for"], read["steps"][0]["asked_as"]) == ("director", "escalated")
    assert slug(await boss.post(f"/approvals/{review['id']}/approve", json={})) == "not-your-turn"
    clock.advance(timedelta(days=7))
    async with published(pipeline.db) as events:
        await timers.fire_due()
    assert set(of_approvals(events)) == {"approval.reminded"}  # nobody is above the director
    await director.post(f"/approvals/{review['id']}/approve", json={})
    clock.advance(timedelta(days=30))
    async with published(pipeline.db) as events:
        await timers.fire_due()
    assert not of_approvals(events)


async def test_a_stand_in_decides_in_ones_place_while_it_lasts(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep, boss, _ = people(pipeline)
    deputy = pipeline.as_("rep-3", "rep")
    days = {"first_on": "2026-03-02", "last_on": "2026-03-03"}
    one = await boss.post("/stand-ins", json={"staff_id": "rep-3", "kinds": ["bid_review"]} | days)
    assert one.status_code == 201, one.text
    review = await a_review(rep)
    consent = await a_review(rep, kind="finance_consent")
    to_decide = (await deputy.get("/approvals?mine=to-decide")).json()["items"]
    assert [each["id"] for each in to_decide] == [review["id"]]
    assert (await deputy.get(f"/approvals/{consent['id']}")).status_code == 404
    decided = await deputy.post(f"/approvals/{review['id']}/approve", json={})
    assert decided.json()["steps"][0]["decided_by"] == "rep-3"
    later = await a_review(rep)
    clock.advance(timedelta(days=2))
    assert (await deputy.get("/approvals?mine=to-decide")).json()["items"] == []
    assert (await deputy.post(f"/approvals/{later['id']}/approve", json={})).status_code == 404


async def test_a_stand_in_does_not_decide_on_their_own_paper(pipeline: Running) -> None:
    rep, boss, _ = people(pipeline)
    days = {"first_on": "2026-03-02", "last_on": "2026-03-03"}
    await boss.post("/stand-ins", json={"staff_id": "rep-1"} | days)
    review = await a_review(rep)
    assert (await rep.get("/approvals?mine=to-decide")).json()["items"] == []
    assert slug(await rep.post(f"/approvals/{review['id']}/approve", json={})) == "own-paper"


async def test_a_stand_in_is_somebody_else_in_order_of_days_and_ends(pipeline: Running) -> None:
    rep, boss, _ = people(pipeline)
    days = {"first_on": "2026-03-05", "last_on": "2026-03-04"}
    wrong = await boss.post("/stand-ins", json={"staff_id": "boss"} | days)
    assert [each["code"] for each in wrong.json()["errors"]] == ["oneself", "too-early"]
    unknown = await boss.post("/stand-ins", json={"staff_id": "x"} | days)
    assert unknown.json()["errors"][0]["pointer"] == "/staff_id"
    days = {"first_on": "2026-03-02", "last_on": "2026-03-09"}
    for_boss = await rep.post(
        "/stand-ins", json={"staff_id": "rep-2", "principal_id": "director"} | days
    )
    assert for_boss.status_code == 400
    made = (await boss.post("/stand-ins", json={"staff_id": "rep-3"} | days)).json()
    review = await a_review(rep)
    ended = await boss.post(f"/stand-ins/{made['id']}/end")
    assert ended.json()["last_on"] == "2026-03-01"
    deputy = pipeline.as_("rep-3", "rep")
    assert (await deputy.get(f"/approvals/{review['id']}")).status_code == 404
    assert slug(await boss.post(f"/stand-ins/{made['id']}/end")) == "stand-in-over"


async def test_what_was_approved_and_is_taken_back_proves_nothing(pipeline: Running) -> None:
    rep, boss, _ = people(pipeline)
    review = await a_review(rep)
    path = f"/approvals/{review['id']}"
    await boss.post(f"{path}/approve", json={})
    stranger = pipeline.as_("rep-2", "rep")
    assert (await stranger.post(f"{path}/void", json={"reason": "?"})).status_code == 404
    taken = await boss.post(f"{path}/void", json={"reason": "the buyer changed"})
    assert taken.json()["status"] == "void", taken.text
    deal = (await rep.get(f"/opportunities/{review['paper']['id']}")).json()
    assert deal["milestones"]["bid_review"]["state"] == "invalid"
    again = await boss.post(f"{path}/void", json={"reason": "twice"})
    assert slug(again) == "approval-settled"


async def test_everybody_finds_what_concerns_them(pipeline: Running) -> None:
    rep, boss, director = people(pipeline)
    review = await a_review(rep)
    for who, mine, found in (
        (boss, "to-decide", 1),
        (rep, "to-decide", 0),
        (rep, "requested", 1),
        (boss, "requested", 0),
        (boss, "decided", 0),
    ):
        items = (await who.get(f"/approvals?mine={mine}")).json()["items"]
        assert len(items) == found, mine
    await boss.post(f"/approvals/{review['id']}/approve", json={})
    assert len((await boss.get("/approvals?mine=decided")).json()["items"]) == 1
    deal = review["paper"]["id"]
    assert len((await director.get(f"/approvals?opportunity_id={deal}")).json()["items"]) == 1
    assert (await pipeline.as_("rep-3", "rep").get("/approvals")).json()["items"] == []


async def test_a_matrix_is_published_in_versions_and_holds_from_its_day(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep, *_ = people(pipeline)
    admin = pipeline.client
    shown = (await admin.get("/approval-matrices")).json()["items"]
    assert {"quote", "contract", "seal", "other"} <= {one["kind"] for one in shown}
    assert all(one["is_default"] for one in shown)
    later = A_MATRIX | {"effective_from": "2026-03-04", "rows": [{"asks": [{"line": 2}]}]}
    made = await admin.post("/approval-matrices", json=later)
    assert made.json()["id"] == "bid_review-2"
    assert (await a_review(rep))["waiting_for"] == "boss"
    clock.advance(timedelta(days=3))
    review = await a_review(rep)
    assert (review["waiting_for"], review["matrix"]) == ("director", "bid_review-2")
    versions = (await admin.get("/approval-matrices?kind=bid_review")).json()["items"]
    assert [one["version"] for one in versions] == [2, 1]
    assert (await rep.get("/approval-matrices/bid_review-2")).json()["version"] == 2
    past = await admin.post("/approval-matrices", json=later | {"effective_from": "2026-03-01"})
    assert past.json()["errors"][0]["pointer"] == "/effective_from"
    vague = await admin.post(
        "/approval-matrices", json=A_MATRIX | {"rows": [{"asks": [{"line": 1, "role": "legal"}]}]}
    )
    assert vague.status_code == 400


async def test_a_review_that_the_matrix_asks_nobody_about_goes_to_the_superior(
    pipeline: Running,
) -> None:
    rep, *_ = people(pipeline)
    await pipeline.client.post("/approval-matrices", json={"kind": "bid_review", "rows": []})
    assert (await a_review(rep))["waiting_for"] == "boss"


async def test_an_inbox_shows_what_waits_longest_first_and_counts_it(
    pipeline: Running, clock: VirtualClock
) -> None:
    rep, boss, _ = people(pipeline)
    first = await a_review(rep)
    clock.advance(timedelta(minutes=5))
    judged = {"margin": "0.3", "risk": "low", "risks": "none", "resources": "two people"}
    await a_review(rep, kind="evaluation", evaluation=judged)
    shown = (await boss.get("/views/approvals-inbox")).json()["papers"]
    assert shown["body"]["count"] == 2
    item = shown["body"]["items"][0]
    assert (item["id"], item["kind"]) == (first["id"], "bid_review")
    assert (await boss.post(item["commands"]["approve"].removeprefix("/api/v1"), json={})).json()[
        "status"
    ] == "approved"
    assert (await boss.get("/views/approvals-inbox")).json()["papers"]["body"]["count"] == 1
    assert (await rep.get("/views/approvals-inbox")).json()["papers"]["body"]["count"] == 0


async def joined(pipeline: Running, staff_id: str, team_id: str, *roles: str) -> None:
    profile = field.StaffProfile(name=staff_id, team_id=TeamId(team_id), roles=list(roles))
    event = field.StaffJoined(staff_id=StaffId(staff_id), profile=profile)
    await deliver(pipeline, event, subject=staff_id)


async def test_a_role_is_whoever_has_it_nearest_to_the_owner(pipeline: Running) -> None:
    rep, *_ = people(pipeline)
    assert (await a_review(rep, kind="finance_consent"))["waiting_for"] == "director"
    await joined(pipeline, "a-far-one", "team-2", "finance")
    assert (await a_review(rep, kind="finance_consent"))["waiting_for"] == "a-far-one"
    await joined(pipeline, "z-near-one", "east", "finance")
    assert (await a_review(rep, kind="finance_consent"))["waiting_for"] == "z-near-one"
    own = await a_review(pipeline.as_("z-near-one", "rep"), kind="finance_consent")
    assert own["waiting_for"] == "a-far-one"


async def test_whoever_has_left_is_not_asked(pipeline: Running) -> None:
    rep, *_ = people(pipeline)
    profile = field.StaffProfile(name="Melvin Marxen", team_id=TeamId("team-1"))
    left = field.StaffLeft(staff_id=StaffId("boss"), profile=profile, left_on=date(2026, 3, 1))
    await deliver(pipeline, left, subject="boss")
    assert (await a_review(rep))["waiting_for"] == "director"


async def test_a_margin_is_for_those_who_are_asked(pipeline: Running) -> None:
    paper = Paper(
        kind="quote",
        id="quote-1",
        fingerprint="x",
        title="A quote",
        owner_id="rep-1",
        margin=Decimal("0.1"),
    )
    approval = await pipeline.commits.run(lambda work: request_approval(work, paper))
    assert approval is not None
    path = f"/approvals/{approval.id}"
    _, boss, _ = people(pipeline)
    assert (await boss.get(path)).json()["paper"]["margin"] == "0.1"

    def sees(staff_id: str, **principals: frozenset[str] | None) -> bool:
        everything = Scope("all", staff_id)
        sight = Sight(staff_id=staff_id, scope=everything, margins=None, principals=principals)
        return sight.shows_margin(approval)

    assert sees("boss")
    assert not sees("rep-1")
    assert not sees("rep-1", boss=None), "one's own, whoever one stands in for"
    assert not sees("rep-2")
    assert sees("rep-2", boss=frozenset({"quote"}))
    assert not sees("rep-2", boss=frozenset({"seal"}))


async def test_a_paper_that_needs_nobody_is_approved_by_rule(pipeline: Running) -> None:
    paper = Paper(kind="quote", id="q", fingerprint="x", title="A quote", owner_id="rep-1")
    assert await pipeline.commits.run(lambda work: request_approval(work, paper)) is None


async def test_a_paper_that_changes_voids_what_was_asked_and_what_was_approved(
    pipeline: Running,
) -> None:
    paper = Paper(kind="refund", id="s", fingerprint="x", title="A refund", owner_id="rep-1")
    for verb in ("", "approve"):
        approval = await pipeline.commits.run(lambda work: request_approval(work, paper))
        assert approval is not None
        _, boss, director = people(pipeline)
        path = f"/approvals/{approval.id}"
        if verb:
            await boss.post(f"{path}/approve", json={})
            assert (await director.post(f"{path}/approve", json={})).json()["status"] == "approved"
        async with published(pipeline.db) as events:
            await pipeline.commits.run(lambda work: void_approvals(work, "refund", "s", "changed"))
            await pipeline.commits.run(lambda work: void_approvals(work, "refund", "s", "again"))
        assert events.types == ["approval.voided"]
        assert slug(await boss.post(f"{path}/approve", json={})) == "approval-settled"
