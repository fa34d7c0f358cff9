"""Processes over HTTP: drafted, changed, judged, published; running deals keep their version."""

from typing import Any

from chassis.testkit.running import Client, Running, published, service
from contracts import pipeline as wire
from pipeline.main import create_app

SHORT: dict[str, Any] = {
    "code": "short",
    "zh": "快速销售",
    "en": "Short sales",
    "won_stage": 3,
    "stages": [
        {
            "number": number,
            "code": code,
            "zh": code,
            "en": code,
            "probability": "0.5",
            "duties": {"rep": "lead"},
        }
        for number, code in enumerate(("meet", "offer", "won"), start=1)
    ],
}


async def drafted(client: Client, **body: Any) -> dict[str, Any]:
    answer = await client.post("/process-templates", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def changed(client: Client, template: str, **parts: Any) -> Any:
    path = f"/process-templates/{template}"
    seen = (await client.get(path)).headers["ETag"]
    return await client.patch(path, json=parts, headers={"If-Match": seen})


async def test_a_new_version_begins_as_a_copy_of_the_newest(pipeline: Running) -> None:
    async with published(pipeline.db) as events:
        made = await drafted(pipeline.client, code="project")
        again = await pipeline.client.post("/process-templates", json={"code": "project"})
    assert (made["id"], made["version"], made["status"]) == ("project-2", 2, "draft")
    assert made["based_on"] == 1
    assert len(made["definition"]["stages"]) == 8
    assert again.json()["type"] == "/problems/duplicate"
    assert events.types == ["process_template.drafted"]


async def test_running_deals_keep_the_version_they_started_with(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    old = (await rep.post("/opportunities", json={"name": "Old", "template": "standard"})).json()
    made = await drafted(pipeline.client, code="standard")
    stages = made["definition"]["stages"]
    stages[0]["gate"] = []
    answer = await changed(pipeline.client, made["id"], stages=stages)
    assert answer.status_code == 200, answer.text
    before = (await rep.post("/opportunities", json={"name": "Before"})).json()
    assert before["template_version"] == 1
    async with published(pipeline.db) as events:
        told = await pipeline.client.post(f"/process-templates/{made['id']}/publish")
    assert told.json()["status"] == "published"
    assert events.payloads(wire.ProcessTemplatePublished)[0].definition["stages"][0]["gate"] == []
    new = (await rep.post("/opportunities", json={"name": "New"})).json()
    assert new["template_version"] == 2
    assert (await rep.post(f"/opportunities/{new['id']}/advance", json={})).status_code == 200
    refused = await rep.post(f"/opportunities/{old['id']}/advance", json={})
    assert refused.json()["missing"][0]["milestone"] == "held_contact"


async def test_another_process_of_the_service_knows_it_at_once(
    pipeline: Running, mongodb_uri: str
) -> None:
    async with service(create_app, mongodb_uri, database=pipeline.db.name) as other:
        made = await drafted(pipeline.client, **SHORT)
        await pipeline.client.post(f"/process-templates/{made['id']}/publish")
        body = {"name": "Quick", "template": "short", "stage": "offer"}
        opened = await other.as_("rep-1", "rep").post("/opportunities", json=body)
    assert opened.status_code == 201, opened.text
    assert opened.json()["stage"]["code"] == "offer"


async def test_an_unfinishable_process_is_refused_with_the_reason(pipeline: Running) -> None:
    gate = [{"code": "oath", "zh": "誓", "en": "Oath", "proof": "sworn", "after": ["oath"]}]
    stages = [SHORT["stages"][0] | {"gate": gate, "duties": {}}, *SHORT["stages"][1:]]
    made = await drafted(pipeline.client, **(SHORT | {"stages": stages}))
    path = f"/process-templates/{made['id']}"
    found = (await pipeline.client.get(f"{path}/validate")).json()
    assert not found["is_finishable"]
    pointers = {error["pointer"]: error["code"] for error in found["errors"]}
    assert pointers == {
        "/stages/0/duties": "no-lead",
        "/stages/0/gate/0/proof": "unknown-fact-kind",
        "/stages/0/gate/0/after": "circular",
    }
    refused = await pipeline.client.post(f"{path}/publish")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/unfinishable")
    assert refused.json()["errors"] == found["errors"]
    await changed(pipeline.client, made["id"], stages=SHORT["stages"])
    assert (await pipeline.client.get(f"{path}/validate")).json()["is_finishable"]
    assert (await pipeline.client.post(f"{path}/publish")).status_code == 200
    late = await changed(pipeline.client, made["id"], zh="晚了")
    assert late.json()["type"] == "/problems/template-not-draft"


async def test_a_new_process_is_told_whole(pipeline: Running) -> None:
    body = {"code": "short", "zh": "快速销售"}
    answer = await pipeline.client.post("/process-templates", json=body)
    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "/en",
        "/stages",
        "/won_stage",
    ]


async def test_a_withdrawn_drafts_number_is_not_used_again(pipeline: Running) -> None:
    made = await drafted(pipeline.client, **SHORT)
    async with published(pipeline.db) as events:
        gone = await pipeline.client.post(f"/process-templates/{made['id']}/withdraw")
    assert gone.json()["status"] == "withdrawn"
    assert events.types == ["process_template.withdrawn"]
    opened = await pipeline.as_("rep-1", "rep").post(
        "/opportunities", json={"name": "None", "template": "short"}
    )
    assert opened.json()["errors"][0]["pointer"] == "/template"
    assert (await drafted(pipeline.client, **SHORT))["version"] == 2
    listed = (await pipeline.client.get("/process-templates?code=short")).json()["items"]
    assert [(one["version"], one["status"]) for one in listed] == [(1, "withdrawn"), (2, "draft")]


async def test_only_with_the_right_to_it(pipeline: Running) -> None:
    nobody = pipeline.as_("rep-1", "nobody")
    made = await drafted(pipeline.client, **SHORT)
    path = f"/process-templates/{made['id']}"
    for answer in (
        await nobody.post("/process-templates", json=SHORT),
        await nobody.post(f"{path}/publish"),
        await nobody.get(f"{path}/validate"),
    ):
        assert answer.status_code == 403
