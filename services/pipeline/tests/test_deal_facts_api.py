"""What people tell of a deal: a proposal, terms, feasibility; it proves, and is taken back."""

from typing import Any

from chassis.testkit.running import Client, Running, published
from contracts import pipeline as wire
from httpx import Response


async def open_deal(client: Client, stage: int = 3) -> dict[str, Any]:
    body = {"name": "A plant", "customer_id": "customer-1", "template": "project", "stage": stage}
    answer = await client.post("/opportunities", json=body)
    assert answer.status_code == 201, answer.text
    opened: dict[str, Any] = answer.json()
    return opened


async def do(client: Client, deal: dict[str, Any], verb: str, **body: Any) -> Response:
    return await client.post(f"/opportunities/{deal['id']}/{verb}", json=body)


async def gate(client: Client, deal: dict[str, Any]) -> dict[str, Any]:
    told = (await client.get(f"/opportunities/{deal['id']}/gate")).json()
    return {each["milestone"]: each for each in told["milestones"]}


PROPOSAL = {"title": "Steam", "contact_ids": ["buyer"]}


async def test_a_proposal_sent_proves_its_milestone_by_its_own_event(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    async with published(pipeline.db) as events:
        told = await do(rep, deal, "record-proposal", **PROPOSAL, on="2026-02-27")
    assert told.status_code == 200, told.text
    assert sorted(events.types) == ["deal_fact.recorded", "opportunity.milestone_proven"]
    fact = f"deal_fact:{told.json()['id']}:1"
    assert events.payloads(wire.MilestoneProven)[0].proof == fact
    assert events.payloads(wire.DealFactRecorded)[0].contact_ids == ["buyer"]
    rights = {one["headers"]["ce_rightsof"] for one in events.documents}
    assert rights == {f"opportunity:{deal['id']}"}
    met = (await gate(rep, deal))["proposal"]
    assert (met["state"], met["proven_by"]) == ("proven", fact)
    assert met["proven_at"] == "2026-02-26T16:00:00Z"


async def test_what_was_told_wrong_is_withdrawn_and_told_anew(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    told = (await do(rep, deal, "record-proposal", **PROPOSAL)).json()
    verb = f"facts/{told['id']}/withdraw"
    async with published(pipeline.db) as events:
        gone = await do(rep, deal, verb, reason="the wrong version")
    assert gone.json()["withdrawn_reason"] == "the wrong version"
    assert sorted(events.types) == ["deal_fact.withdrawn", "opportunity.milestone_invalidated"]
    assert (await gate(rep, deal))["proposal"]["state"] == "invalid"
    again = await do(rep, deal, verb, reason="again")
    assert again.json()["type"] == "/problems/fact-withdrawn"
    await do(rep, deal, "record-proposal", **PROPOSAL)
    assert (await gate(rep, deal))["proposal"]["state"] == "proven"
    listed = (await rep.get(f"/opportunities/{deal['id']}/facts")).json()["items"]
    assert [one["withdrawn_reason"] for one in listed] == ["the wrong version", None]


async def test_a_fact_of_another_deal_is_not_found_under_this_one(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal, other = await open_deal(rep), await open_deal(rep)
    told = (await do(rep, deal, "record-proposal", **PROPOSAL)).json()
    wrong = await do(rep, other, f"facts/{told['id']}/withdraw", reason="not mine")
    assert wrong.status_code == 404


async def test_terms_are_agreed_with_somebody_in_words_or_a_file(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep, stage=7)
    for body, pointer in (
        ({"contact_ids": ["buyer"]}, ""),
        ({"contact_ids": [], "text": "30/60/10"}, "/contact_ids"),
        ({"contact_ids": ["nobody"], "text": "30/60/10"}, "/contact_ids/0"),
        ({"contact_ids": ["buyer"], "text": "30/60/10", "on": "2026-03-03"}, "/on"),
        ({"contact_ids": ["buyer"], "file_id": "file-of-nobody"}, "/file_id"),
    ):
        refused = await do(rep, deal, "agree-terms", **body)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == pointer
    await do(rep, deal, "agree-terms", contact_ids=["buyer"], text="30/60/10")
    assert (await gate(rep, deal))["terms"]["is_met"]


async def test_feasibility_is_confirmed_by_a_consultant_of_the_deal(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep, stage=5)
    own = await do(rep, deal, "confirm-feasibility", text="it works")
    assert own.status_code == 403
    stranger = pipeline.as_("rep-3", "rep", "consultant")
    assert (await do(stranger, deal, "confirm-feasibility", text="yes")).status_code == 404
    path = f"/opportunities/{deal['id']}"
    await rep.patch(path, json={"collaborator_ids": ["rep-3"]}, headers={"If-Match": '"1"'})
    confirmed = await do(stranger, deal, "confirm-feasibility", text="it works")
    assert confirmed.status_code == 200, confirmed.text
    assert (await gate(rep, deal))["feasibility"]["is_met"]


async def test_a_closed_deal_takes_no_facts(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    deal = await open_deal(rep)
    await do(rep, deal, "lose", reasons=["price"])
    late = await do(rep, deal, "record-proposal", **PROPOSAL)
    assert late.json()["type"] == "/problems/opportunity-closed"


async def test_the_gate_offers_facts_that_name_only_the_customer(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    body = {"name": "A shop", "customer_id": "customer-1", "template": "standard"}
    deal = (await rep.post("/opportunities", json=body)).json()
    planned = await rep.post(
        "/follow-ups",
        json={
            "customer_id": "customer-1",
            "contact_ids": ["buyer"],
            "at": "2026-03-03T01:00:00Z",
            "method": "phone",
        },
    )
    await rep.post(f"/follow-ups/{planned.json()['id']}/done", json={"result": "interested"})
    told = (await rep.get(f"/opportunities/{deal['id']}/gate")).json()
    assert not told["is_open"]
    assert [fact["kind"] for fact in told["offered"]] == ["contact_held"]
    await do(rep, deal, "link-evidence", evidence=[told["offered"][0]["id"]])
    told = (await rep.get(f"/opportunities/{deal['id']}/gate")).json()
    assert (told["is_open"], told["offered"]) == (True, [])


EVALUATION = {"margin": "0.31", "risk": "medium", "risks": "a short term", "resources": "two"}


async def test_the_evaluation_is_approved_with_its_margin_risk_and_resources(
    pipeline: Running,
) -> None:
    rep, boss = pipeline.as_("rep-1", "rep"), pipeline.as_("boss", "supervisor")
    deal = await open_deal(rep, stage=6)
    empty = await do(rep, deal, "request-review", kind="evaluation")
    assert empty.json()["errors"][0]["pointer"] == "/evaluation"
    async with published(pipeline.db) as events:
        asked = await do(rep, deal, "request-review", kind="evaluation", evaluation=EVALUATION)
    assert asked.status_code == 200, asked.text
    told = events.payloads(wire.EvaluationPrepared)[0]
    assert told.evaluation.risk == "medium"
    assert b"0.31" not in b"".join(one["value"] for one in events.documents)
    read = (await rep.get(f"/opportunities/{deal['id']}")).json()
    assert read["evaluation"] == {"risk": "medium", "risks": "a short term", "resources": "two"}
    path = f"/approvals/{asked.json()['id']}"
    assert (await boss.get(path)).json()["paper"]["margin"] == "0.31"
    approval = asked.json()
    while approval["status"] == "open":
        assert (await gate(rep, deal))["internal_evaluation"]["state"] == "missing"
        approver = pipeline.as_(approval["waiting_for"], "director")
        approval = (await approver.post(f"{path}/approve", json={})).json()
    assert (await gate(rep, deal))["internal_evaluation"]["state"] == "proven"


async def test_another_evaluation_is_approved_anew(pipeline: Running) -> None:
    rep, boss = pipeline.as_("rep-1", "rep"), pipeline.as_("boss", "supervisor")
    deal = await open_deal(rep, stage=6)
    first = await do(rep, deal, "request-review", kind="evaluation", evaluation=EVALUATION)
    worse = EVALUATION | {"margin": "0.02"}
    second = await do(rep, deal, "request-review", kind="evaluation", evaluation=worse)
    assert first.json()["id"] != second.json()["id"]
    late = await boss.post(f"/approvals/{first.json()['id']}/approve", json={})
    assert late.status_code == 409
    assert (await gate(rep, deal))["internal_evaluation"]["state"] == "missing"
