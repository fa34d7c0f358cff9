"""Contracts over HTTP: approved, sent, sealed by both sides, supplemented, called off, ended."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, published
from chassis.timers import Timers
from contracts import pipeline as wire
from httpx import Response
from pipeline.due import TIMERS
from pipeline.products.model import product_id

GTX = product_id("GTX-PRO")
LINE = {"product_id": GTX, "quantity": "10", "unit_price": "100.00", "tax_rate": "0.13"}
PLAN = [
    {"name": "advance", "share": "30", "trigger": "signing", "days": 7},
    {"name": "delivery", "share": "60", "trigger": "shipment"},
    {"name": "retention", "share": "10", "trigger": "warranty_end"},
]


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


@pytest.fixture
def rep(pipeline: Running) -> Client:
    return pipeline.as_("rep-1", "rep")


@pytest.fixture
async def boss(pipeline: Running) -> Client:
    """The superior, who alone is asked about contracts and seals here."""
    for kind in ("contract", "seal", "requirement_change"):
        told = await pipeline.client.post(
            "/approval-matrices", json={"kind": kind, "rows": [{"asks": [{"line": 1}]}]}
        )
        assert told.status_code == 201, told.text
    return pipeline.as_("boss", "supervisor")


async def a_deal(client: Client, **more: Any) -> str:
    body = {"name": "A plant", "customer_id": "customer-1", "template": "project"} | more
    opened = await client.post("/opportunities", json=body)
    return str(opened.json()["id"])


async def a_draft(client: Client, **more: Any) -> dict[str, Any]:
    body = {"title": "A plant", "lines": [LINE]}
    if not {"opportunity_id", "base_contract_id", "renews_id"} & set(more):
        body["customer_id"] = "customer-1"
    drafted = await client.post("/contracts", json=body | more)
    assert drafted.status_code == 201, drafted.text
    contract: dict[str, Any] = drafted.json()
    return contract


async def approve(rep: Client, boss: Client, contract: str, kind: str = "contract") -> None:
    waiting = (await boss.get("/approvals?mine=to-decide")).json()["items"]
    [approval] = [one for one in waiting if (one["paper"]["id"], one["kind"]) == (contract, kind)]
    done = await boss.post(f"/approvals/{approval['id']}/approve", json={})
    assert done.json()["status"] == "approved", done.text


async def sent(rep: Client, boss: Client, **more: Any) -> str:
    contract = (await a_draft(rep, **more))["id"]
    await rep.post(f"/contracts/{contract}/submit", json={})
    await approve(rep, boss, contract)
    answer = await rep.post(f"/contracts/{contract}/send", json={})
    assert answer.status_code == 200, answer.text
    return str(contract)


async def sealed(rep: Client, boss: Client, **more: Any) -> str:
    contract = await sent(rep, boss, **more)
    await rep.post(f"/contracts/{contract}/request-seal", json={})
    await approve(rep, boss, contract, "seal")
    await rep.post(f"/contracts/{contract}/seal", json={"party": "us"})
    answer = await rep.post(
        f"/contracts/{contract}/seal",
        json={"party": "customer", "file_id": await a_file(rep, f"contract:{contract}")},
    )
    assert answer.json()["status"] == "sealed", answer.text
    return contract


async def a_file(client: Client, record: str) -> str:
    content = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
    asked = {"record": record, "name": "scan.pdf"}
    answer = await client.post("/files", params=asked, content=content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def milestones(client: Client, contract: str) -> list[dict[str, Any]]:
    listed = await client.get(f"/payment-milestones?contract_id={contract}")
    items: list[dict[str, Any]] = listed.json()["items"]
    return sorted(items, key=lambda one: one["number"])


async def test_a_contract_is_approved_sent_and_sealed_before_it_binds(
    pipeline: Running, rep: Client, boss: Client
) -> None:
    deal = await a_deal(rep)
    drafted = await a_draft(rep, opportunity_id=deal, milestones=PLAN)
    assert (drafted["net"]["amount"], drafted["gross"]["amount"]) == ("1000.00", "1130.00")
    path = f"/contracts/{drafted['id']}"
    assert slug(await rep.post(f"{path}/send", json={})) == "contract-status"
    assert (await rep.post(f"{path}/submit", json={})).json()["status"] == "submitted"
    await approve(rep, boss, drafted["id"])
    await rep.post(f"{path}/send", json={})
    assert slug(await rep.post(f"{path}/seal", json={"party": "us"})) == "seal-not-granted"
    await rep.post(f"{path}/request-seal", json={})
    await approve(rep, boss, drafted["id"], "seal")
    await rep.post(f"{path}/seal", json={"party": "us"})
    unscanned = await rep.post(f"{path}/seal", json={"party": "customer"})
    assert unscanned.json()["errors"][0]["pointer"] == "/file_id"
    scan = await a_file(rep, f"contract:{drafted['id']}")
    foreign = await a_file(rep, f"opportunity:{deal}")
    elsewhere = await rep.post(f"{path}/seal", json={"party": "customer", "file_id": foreign})
    assert elsewhere.json()["errors"][0]["code"] == "no-such-file"
    async with published(pipeline.db) as events:
        body = {"party": "customer", "file_id": scan}
        answer = await rep.post(f"{path}/seal", json=body)
    assert (answer.json()["status"], answer.json()["signed_on"]) == ("sealed", "2026-03-02")
    told = events.payloads(wire.ContractSigned)[0]
    assert (told.file_id, str(told.net.amount), told.terms.lines[0].name) == (
        scan,
        "1000.00",
        "GTX Pro",
    )
    read = (await rep.get(f"/opportunities/{deal}")).json()
    proven = {code for code, held in read["milestones"].items() if held["state"] == "proven"}
    assert {"contract", "sealed_contract"} <= proven
    assert (read["amount"]["amount"], read["amount_source"]) == ("1000.00", "contract")


async def test_any_change_of_a_draft_voids_its_approval(
    pipeline: Running, rep: Client, boss: Client
) -> None:
    drafted = await a_draft(rep)
    path = f"/contracts/{drafted['id']}"
    await rep.post(f"{path}/submit", json={})
    await approve(rep, boss, drafted["id"])
    now = (await rep.get(path)).headers["ETag"]
    changed = await rep.patch(path, json={"payment": "later"}, headers={"If-Match": now})
    assert changed.json()["status"] == "draft"
    assert slug(await rep.post(f"{path}/send", json={})) == "contract-status"
    now = changed.headers["ETag"]
    same = await rep.patch(path, json={"payment": "later"}, headers={"If-Match": now})
    assert same.headers["ETag"] == now


async def test_a_sent_contract_is_taken_back_before_it_says_something_else(
    pipeline: Running, rep: Client, boss: Client
) -> None:
    deal = await a_deal(rep)
    contract = await sent(rep, boss, opportunity_id=deal)
    path = f"/contracts/{contract}"
    now = (await rep.get(path)).headers["ETag"]
    refused = await rep.patch(path, json={"title": "B"}, headers={"If-Match": now})
    assert slug(refused) == "contract-status"
    assert (refused.json()["status"], refused.json()["current_status"]) == (409, "sent")
    taken = await rep.post(f"{path}/take-back", json={"reason": "another date"})
    assert (taken.json()["status"], taken.json()["revision"]) == ("draft", 2)
    read = (await rep.get(f"/opportunities/{deal}")).json()
    assert read["milestones"]["contract"]["state"] == "invalid"
    assert slug(await rep.post(f"{path}/send", json={})) == "contract-status"


async def test_payments_fall_due_as_their_triggers_become_facts(
    pipeline: Running, rep: Client, boss: Client, clock: VirtualClock
) -> None:
    contract = await sealed(rep, boss, milestones=PLAN, warranty_months=12)
    planned = await milestones(rep, contract)
    assert [one["amount"]["amount"] for one in planned] == ["339.00", "678.00", "113.00"]
    assert [one["due_on"] for one in planned] == ["2026-03-09", None, None]
    order = (await rep.post("/orders", json={"contract_id": contract})).json()
    assert order["total"]["amount"] == "1000.00", order
    path = f"/orders/{order['id']}"
    await rep.post(f"{path}/ship", json={"lines": [{"line": 1, "quantity": "4"}]})
    assert [one["due_on"] for one in await milestones(rep, contract)][1] == "2026-03-02"
    await rep.post(f"{path}/deliver", json={})
    await rep.post(f"{path}/accept", json={})
    assert (await milestones(rep, contract))[2]["due_on"] is None
    clock.advance(timedelta(days=366))
    await Timers(pipeline.core, TIMERS).fire_due()
    assert (await milestones(rep, contract))[2]["due_on"] == "2027-03-02"


async def test_a_deal_is_worth_all_its_contracts_and_loses_one_that_is_terminated(
    pipeline: Running, rep: Client, boss: Client
) -> None:
    deal = await a_deal(rep, amount={"amount": "5.00"})
    first = await sealed(rep, boss, opportunity_id=deal)
    second = await sealed(
        rep, boss, opportunity_id=deal, lines=[LINE | {"quantity": "1"}], milestones=PLAN
    )
    assert (await rep.get(f"/opportunities/{deal}")).json()["amount"]["amount"] == "1100.00"
    body = {"reason": "bankrupt"}
    ended = await boss.post(f"/contracts/{second}/terminate", json=body)
    assert (ended.json()["status"], ended.json()["outcome"]) == ("ended", "terminated")
    assert (await rep.get(f"/opportunities/{deal}")).json()["amount"]["amount"] == "1000.00"
    assert [one["status"] for one in await milestones(rep, second)] == [
        "due",
        "cancelled",
        "cancelled",
    ]
    await boss.post(f"/contracts/{first}/terminate", json=body)
    after = (await rep.get(f"/opportunities/{deal}")).json()
    assert (after["amount"]["amount"], after["amount_source"]) == ("5.00", "estimate")


async def test_a_supplement_adds_and_takes_off_and_plans_what_is_not_due_anew(
    pipeline: Running, rep: Client, boss: Client
) -> None:
    deal = await a_deal(rep)
    base = await sealed(rep, boss, opportunity_id=deal, milestones=PLAN)
    more = LINE | {"quantity": "5"}
    supplement = await sealed(
        rep,
        boss,
        kind="supplement",
        base_contract_id=base,
        lines=[more],
        reductions=[{"line": 1, "quantity": "2"}],
        replan=True,
        milestones=[{"name": "rest", "share": "100", "trigger": "acceptance"}],
    )
    read = (await rep.get(f"/contracts/{base}")).json()
    assert (read["net"]["amount"], read["gross"]["amount"]) == ("1300.00", "1469.00")
    assert [item["allowed"] for item in read["items"]] == ["8", "5"]
    assert read["supplements"] == [supplement]
    plan = await milestones(rep, base)
    assert [(one["status"], one["amount"]["amount"]) for one in plan] == [
        ("due", "339.00"),
        ("cancelled", "678.00"),
        ("cancelled", "113.00"),
        ("planned", "1130.00"),
    ]
    assert (await rep.get(f"/opportunities/{deal}")).json()["amount"]["amount"] == "1300.00"


async def test_a_supplement_takes_nothing_off_that_is_ordered_already(
    pipeline: Running, rep: Client, boss: Client
) -> None:
    base = await sealed(rep, boss)
    await rep.post("/orders", json={"contract_id": base, "parts": [{"line": 1, "quantity": "9"}]})
    supplement = await sent(
        rep,
        boss,
        kind="supplement",
        base_contract_id=base,
        lines=[],
        reductions=[{"line": 1, "quantity": "2"}],
    )
    await rep.post(f"/contracts/{supplement}/request-seal", json={})
    await approve(rep, boss, supplement, "seal")
    scan = await a_file(rep, f"contract:{supplement}")
    await rep.post(f"/contracts/{supplement}/seal", json={"party": "us", "file_id": scan})
    last = await rep.post(f"/contracts/{supplement}/seal", json={"party": "customer"})
    assert slug(last) == "quantity-exceeded"
    assert last.json()["lines"] == [{"line": 1, "asked": "2", "left": "1"}]
    assert (await rep.get(f"/contracts/{supplement}")).json()["status"] == "sent"


async def test_orders_at_once_never_draw_more_than_a_frame_contract_leaves(
    pipeline: Running, rep: Client, boss: Client
) -> None:
    frame = await sealed(
        rep, boss, kind="frame", lines=[], limit={"amount": "1000.00"}, ends_on="2026-12-31"
    )
    body = {
        "contract_id": frame,
        "paper_lines": [LINE | {"quantity": "1", "unit_price": "300.00", "is_taxed": True}],
    }
    answers = await asyncio.gather(*(rep.post("/orders", json=body) for _ in range(8)))
    placed = [one.json() for one in answers if one.status_code == 201]
    refused = [one for one in answers if one.status_code != 201]
    assert len(placed) == 3, [one.text for one in answers]
    assert {slug(one) for one in refused} == {"contract-exhausted"}
    assert refused[0].json()["by"] == "200.00"
    read = (await rep.get(f"/contracts/{frame}")).json()
    assert (read["drawn"]["amount"], read["left"]["amount"]) == ("900.00", "100.00")
    await rep.post(f"/orders/{placed[0]['id']}/cancel", json={"reason": "too late"})
    assert (await rep.get(f"/contracts/{frame}")).json()["left"]["amount"] == "400.00"
    assert (await rep.post("/orders", json=body)).status_code == 201


async def test_orders_at_once_never_draw_more_of_a_line_than_was_agreed(
    pipeline: Running, rep: Client, boss: Client
) -> None:
    contract = await sealed(rep, boss)
    body = {"contract_id": contract, "parts": [{"line": 1, "quantity": "4"}]}
    answers = await asyncio.gather(*(rep.post("/orders", json=body) for _ in range(5)))
    placed = [one.json() for one in answers if one.status_code == 201]
    assert len(placed) == 2, [one.text for one in answers]
    assert {slug(one) for one in answers if one.status_code != 201} == {"quantity-exceeded"}
    order = f"/orders/{placed[0]['id']}"
    await rep.post(f"{order}/deliver", json={})
    back = {"lines": [{"line": 1, "quantity": "3"}], "reason": "cracked"}
    await rep.post(f"{order}/return", json=back | {"outcome": "replacement"})
    item = (await rep.get(f"/contracts/{contract}")).json()["items"][0]
    assert (item["drawn"], item["left"]) == ("8", "2")
    await rep.post(f"{order}/deliver", json={})
    await rep.post(f"{order}/return", json=back)
    item = (await rep.get(f"/contracts/{contract}")).json()["items"][0]
    assert (item["drawn"], item["left"]) == ("5", "5")
    rest = await rep.post("/orders", json={"contract_id": contract})
    assert rest.json()["lines"][0]["quantity"] == "5"


async def test_the_end_of_a_contract_is_told_before_and_a_frame_runs_out(
    pipeline: Running, rep: Client, boss: Client, clock: VirtualClock
) -> None:
    frame = await sealed(rep, boss, kind="frame", ends_on="2026-05-31", notice_days=60)
    clock.advance(timedelta(days=29))
    async with published(pipeline.db) as events:
        await Timers(pipeline.core, TIMERS).fire_due()
        assert "contract.ending" not in events.types
        clock.advance(timedelta(days=2))
        await Timers(pipeline.core, TIMERS).fire_due()
        await Timers(pipeline.core, TIMERS).fire_due()
    assert [one.ends_on.isoformat() for one in events.payloads(wire.ContractEnding)] == [
        "2026-05-31"
    ]
    clock.advance(timedelta(days=61))
    await Timers(pipeline.core, TIMERS).fire_due()
    read = (await boss.get(f"/contracts/{frame}")).json()
    assert (read["status"], read["outcome"], read["ended_on"]) == ("ended", "expired", "2026-05-31")
    late = await rep.post("/orders", json={"contract_id": frame})
    assert slug(late) == "contract-status"


async def test_a_renewal_ends_the_contract_before_it_when_it_is_sealed(
    pipeline: Running, rep: Client, boss: Client
) -> None:
    before = await sealed(rep, boss, kind="frame", ends_on="2026-05-31")
    after = await sealed(
        rep, boss, kind="frame", renews_id=before, starts_on="2026-06-01", ends_on="2027-05-31"
    )
    read = (await rep.get(f"/contracts/{before}")).json()
    assert (read["outcome"], read["ended_on"], read["renewed_by"]) == (
        "renewed",
        "2026-06-01",
        after,
    )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": [LINE | {"is_optional": True}]}, "/lines/0/is_optional"),
        ({"milestones": PLAN[:2]}, "/milestones"),
        ({"milestones": [PLAN[0] | {"share": None, "amount": "5.00"}]}, "/milestones"),
        ({"milestones": [PLAN[0] | {"amount": "5.00"}]}, "/milestones/0"),
        ({"milestones": [PLAN[0] | {"share": "100", "trigger": "date"}]}, "/milestones/0/on"),
        ({"kind": "frame", "milestones": PLAN}, "/milestones"),
        ({"kind": "frame", "lines": []}, "/limit"),
        ({"limit": {"amount": "5.00"}}, "/limit"),
        ({"reductions": [{"line": 1, "quantity": "1"}]}, "/reductions"),
        ({"starts_on": "2026-05-01", "ends_on": "2026-04-01"}, "/ends_on"),
        ({"customer_id": "nobody"}, "/customer_id"),
        ({"owner_id": "nobody"}, "/owner_id"),
        ({"currency": "yuan"}, "/currency"),
    ],
)
async def test_terms_that_cannot_be_meant_are_refused(
    shared_pipeline: Running, body: dict[str, Any], pointer: str
) -> None:
    given = {"title": "A plant", "customer_id": "customer-1", "owner_id": "rep-1", "lines": [LINE]}
    answer = await shared_pipeline.client.post("/contracts", json=given | body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_number_is_one_contracts(pipeline: Running, rep: Client) -> None:
    await a_draft(rep, number="HT-1")
    body = {"title": "B", "customer_id": "customer-1", "lines": [LINE], "number": "HT-1"}
    assert slug(await rep.post("/contracts", json=body)) == "duplicate"


async def test_whoever_is_not_of_the_deal_sees_no_contract(pipeline: Running, rep: Client) -> None:
    deal = await a_deal(rep, collaborator_ids=["rep-3"])
    contract = await a_draft(rep, opportunity_id=deal)
    path = f"/contracts/{contract['id']}"
    assert (await pipeline.as_("rep-3", "rep").get(path)).status_code == 200
    assert (await pipeline.as_("rep-2", "rep").get(path)).status_code == 404
    listed = await pipeline.as_("rep-2", "rep").get("/contracts")
    assert listed.json()["items"] == []


async def test_contracts_and_orders_take_the_lines_of_the_quote_that_was_accepted(
    pipeline: Running, rep: Client, boss: Client
) -> None:
    deal = await a_deal(rep)
    told = {"kind": "quote", "rows": []}
    await pipeline.client.post("/approval-matrices", json=told)
    offered = [LINE, LINE | {"quantity": "1", "is_optional": True}, LINE | {"quantity": "2"}]
    quote = (await rep.post("/quotes", json={"opportunity_id": deal, "lines": offered})).json()
    body = {"title": "A plant", "quote_id": quote["id"]}
    early = await rep.post("/contracts", json=body)
    assert early.json()["errors"][0]["code"] == "not-accepted"
    for verb in ("submit", "send", "accept"):
        said = await rep.post(f"/quotes/{quote['id']}/{verb}", json={})
        assert said.status_code == 200, said.text
    plain = await rep.post("/contracts", json=body)
    assert plain.status_code == 201, plain.text
    assert (plain.json()["opportunity_id"], plain.json()["quote_id"]) == (deal, quote["id"])
    assert plain.json()["net"]["amount"] == "1200.00"
    chosen = await rep.post("/contracts", json=body | {"options": [2], "payment": "at once"})
    assert chosen.json()["net"]["amount"] == "1300.00"
    assert chosen.json()["terms"]["payment"] == "at once"
    unknown = await rep.post("/contracts", json=body | {"options": [1]})
    assert unknown.json()["errors"][0]["pointer"] == "/options/0"
    order = {"quote_id": quote["id"], "options": [2]}
    placed = await asyncio.gather(*(rep.post("/orders", json=order) for _ in range(3)))
    [one] = [answer.json() for answer in placed if answer.status_code == 201]
    assert (one["total"]["amount"], one["gross"]["amount"]) == ("1300.00", "1469.00")
    assert (one["opportunity_id"], one["customer_id"]) == (deal, "customer-1")
    refused = [answer for answer in placed if answer.status_code != 201]
    assert {answer.json()["errors"][0]["code"] for answer in refused} == {"ordered-already"}
    await rep.post(f"/orders/{one['id']}/cancel", json={"reason": "too late"})
    assert (await rep.post("/orders", json=order)).status_code == 201


async def test_whoever_signs_does_not_end_a_contract_and_a_superior_does(granted: Running) -> None:
    rep, boss = granted.as_("rep-1", "rep"), granted.as_("boss", "supervisor")
    for kind in ("contract", "seal"):
        told = await granted.as_(None, "admin").post(
            "/approval-matrices", json={"kind": kind, "rows": []}
        )
        assert told.status_code == 201, told.text
    contract = str((await a_draft(rep))["id"])
    path = f"/contracts/{contract}"
    for verb in ("submit", "send", "request-seal"):
        assert (await rep.post(f"{path}/{verb}", json={})).status_code == 200
    await rep.post(f"{path}/seal", json={"party": "us"})
    body = {"party": "customer", "file_id": await a_file(rep, f"contract:{contract}")}
    assert (await rep.post(f"{path}/seal", json=body)).json()["status"] == "sealed"
    assert (await rep.post(f"{path}/complete", json={})).status_code == 403
    assert (await granted.as_("rep-3", "rep").get(path)).status_code == 404
    assert (await boss.post(f"{path}/complete", json={})).json()["outcome"] == "completed"
