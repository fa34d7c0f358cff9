"""Requirement changes over HTTP: both sides agree before one is put into the contract."""

from typing import Any

import pytest
from chassis.testkit.running import Client, Running, published
from contracts import pipeline as wire
from httpx import Response

PUMP = {"name": "a pump", "quantity": "1", "unit_price": "40000.00", "tax_rate": "0.13"}
EFFECT = {
    "title": "A second pump",
    "description": "one runs, one stands by",
    "schedule_days": 10,
    "budget_change": {"amount": "45200.00"},
}


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


@pytest.fixture
def rep(pipeline: Running) -> Client:
    return pipeline.as_("rep-1", "rep")


@pytest.fixture
async def boss(pipeline: Running) -> Client:
    for kind, rows in (
        ("contract", []),
        ("seal", []),
        ("requirement_change", [{"asks": [{"line": 1}]}]),
    ):
        told = await pipeline.client.post("/approval-matrices", json={"kind": kind, "rows": rows})
        assert told.status_code == 201, told.text
    return pipeline.as_("boss", "supervisor")


async def a_sealed_contract(rep: Client) -> str:
    """Approved by rule, since the matrix asks for nobody."""
    body = {"title": "A plant", "customer_id": "customer-1", "lines": [PUMP]}
    contract = str((await rep.post("/contracts", json=body)).json()["id"])
    asked = {"record": f"contract:{contract}", "name": "scan.txt"}
    scan = (await rep.post("/files", params=asked, content=b"sealed by both")).json()["id"]
    steps: list[tuple[str, dict[str, Any]]] = [
        ("submit", {}),
        ("send", {}),
        ("request-seal", {}),
        ("seal", {"party": "us"}),
        ("seal", {"party": "customer", "file_id": scan}),
    ]
    for verb, said in steps:
        answer = await rep.post(f"/contracts/{contract}/{verb}", json=said)
        assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "sealed"
    return contract


async def a_change(rep: Client, **about: Any) -> str:
    raised = await rep.post("/requirement-changes", json=EFFECT | about)
    assert raised.status_code == 201, raised.text
    return f"/requirement-changes/{raised.json()['id']}"


async def approve(boss: Client) -> None:
    [waiting] = (await boss.get("/approvals?mine=to-decide")).json()["items"]
    await boss.post(f"/approvals/{waiting['id']}/approve", json={})


async def test_a_change_counts_when_both_sides_have_agreed(
    pipeline: Running, rep: Client, boss: Client
) -> None:
    contract = await a_sealed_contract(rep)
    change = await a_change(rep, contract_id=contract)
    assert slug(await rep.post(f"{change}/note", json={})) == "requirement-change-status"
    await rep.post(f"{change}/submit", json={})
    await approve(boss)
    assert (await rep.get(change)).json()["status"] == "submitted"
    stranger = await rep.post(f"{change}/confirm", json={"contact_id": "nobody"})
    assert stranger.json()["errors"][0]["pointer"] == "/contact_id"
    async with published(pipeline.db) as events:
        agreed = await rep.post(f"{change}/confirm", json={"contact_id": "buyer"})
        assert agreed.json()["status"] == "agreed"
        noted = await rep.post(f"{change}/note", json={})
    assert (noted.json()["status"], noted.json()["applied_as"]) == ("applied", "note")
    assert sorted(events.types) == [
        "contract.noted",
        "requirement_change.applied",
        "requirement_change.confirmed",
    ]
    told = events.payloads(wire.RequirementChangeConfirmed)[0]
    assert (told.contact_id, told.status) == ("buyer", "agreed")
    read = (await rep.get(f"/contracts/{contract}")).json()
    assert read["requirement_changes"] == [noted.json()["id"]]
    assert slug(await rep.post(f"{change}/withdraw", json={"reason": "no"})) == (
        "requirement-change-status"
    )


async def test_what_is_revised_is_asked_of_both_sides_anew(rep: Client, boss: Client) -> None:
    change = await a_change(rep, contract_id=await a_sealed_contract(rep))
    await rep.post(f"{change}/submit", json={})
    await rep.post(f"{change}/confirm", json={"contact_id": "buyer"})
    now = (await rep.get(change)).headers["ETag"]
    revised = await rep.patch(change, json={"schedule_days": 30}, headers={"If-Match": now})
    assert (revised.json()["status"], revised.json()["contact_id"]) == ("draft", None)
    assert (await boss.get("/approvals?mine=to-decide")).json()["items"] == []


async def test_an_agreed_change_becomes_a_supplement_to_its_contract(
    rep: Client, boss: Client
) -> None:
    contract = await a_sealed_contract(rep)
    change = await a_change(rep, contract_id=contract)
    await rep.post(f"{change}/submit", json={})
    await rep.post(f"{change}/confirm", json={"contact_id": "buyer"})
    await approve(boss)
    applied = await rep.post(f"{change}/supplement", json={"lines": [PUMP]})
    assert applied.json()["applied_as"] == "supplement", applied.text
    supplement = (await rep.get(f"/contracts/{applied.json()['supplement_id']}")).json()
    assert (supplement["kind"], supplement["base_contract_id"], supplement["status"]) == (
        "supplement",
        contract,
        "draft",
    )
    assert supplement["terms"]["title"] == EFFECT["title"]
    assert supplement["gross"]["amount"] == "45200.00"


async def test_a_change_tells_what_it_does(rep: Client) -> None:
    body = {"title": "A", "description": "B", "contract_id": "any"}
    silent = await rep.post("/requirement-changes", json=body)
    assert silent.status_code == 400
    nowhere = await rep.post("/requirement-changes", json=EFFECT)
    assert nowhere.status_code == 400


async def test_a_deal_without_a_contract_keeps_its_changes(rep: Client, boss: Client) -> None:
    body = {"name": "A plant", "customer_id": "customer-1"}
    deal = (await rep.post("/opportunities", json=body)).json()["id"]
    change = await a_change(rep, opportunity_id=deal)
    await rep.post(f"{change}/submit", json={})
    await rep.post(f"{change}/confirm", json={"contact_id": "buyer"})
    await approve(boss)
    none = await rep.post(f"{change}/supplement", json={"lines": [PUMP]})
    assert none.json()["errors"][0]["code"] == "no-contract"
    assert (await rep.post(f"{change}/note", json={})).json()["status"] == "applied"
    listed = (await rep.get(f"/requirement-changes?opportunity_id={deal}")).json()["items"]
    assert [one["applied_as"] for one in listed] == ["note"]
