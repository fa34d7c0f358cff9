"""Standard work per stage, a deal's worklist by it, and the library of cases."""

from typing import Any

from chassis.testkit.running import Running, published
from contracts import pipeline as wire

STEP: dict[str, Any] = {
    "code": "call",
    "step": "电话邀约",
    "content": "致电关键联系人",
    "standard": "两周内约定首次拜访",
    "owner": "rep",
}
PLAYBOOK = {"template": "standard", "stage": "contact", "steps": [STEP]}
CASE: dict[str, Any] = {
    "title": "从标准切入",
    "template": "standard",
    "stages": ["contact", "needs"],
    "industries": ["化工"],
    "situation": "竞争对手先入为主",
    "approach": "先参与制定标准",
    "lessons": "标准定下之前必须到场",
}


async def test_a_stage_has_one_playbook_and_every_edition_is_told(pipeline: Running) -> None:
    admin = pipeline.client
    async with published(pipeline.db) as events:
        made = (await admin.post("/stage-playbooks", json=PLAYBOOK)).json()
        again = await admin.post("/stage-playbooks", json=PLAYBOOK)
        path = f"/stage-playbooks/{made['id']}"
        other = {"steps": [STEP | {"standard": "一周内约定"}]}
        changed = await admin.patch(path, json=other, headers={"If-Match": '"1"'})
        same = await admin.patch(path, json=other, headers={"If-Match": '"2"'})
    assert (made["edition"], made["norm_days"]) == (1, 14)
    assert again.json()["type"] == "/problems/duplicate"
    assert (changed.json()["edition"], same.json()["edition"]) == (2, 2)
    told = events.payloads(wire.StagePlaybookWritten)
    assert [one.edition for one in told] == [1, 2]
    assert told[1].previous is not None
    assert told[1].previous[0].standard == STEP["standard"]
    listed = (await admin.get("/stage-playbooks?template=standard&stage=contact")).json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]


async def test_a_playbook_begins_with_the_work_that_the_process_names(pipeline: Running) -> None:
    admin = pipeline.client
    none = await admin.post("/stage-playbooks", json={"template": "standard", "stage": "contact"})
    assert none.json()["errors"][0]["pointer"] == "/steps"
    draft = (await admin.post("/process-templates", json={"code": "standard"})).json()
    stages = draft["definition"]["stages"]
    work = {"code": "call", "zh": "致电", "en": "Call", "owner": "rep", "documents": ["话术"]}
    stages[0]["work"] = [work]
    path = f"/process-templates/{draft['id']}"
    await admin.patch(path, json={"stages": stages}, headers={"If-Match": '"1"'})
    await admin.post(f"{path}/publish")
    made = await admin.post("/stage-playbooks", json={"template": "standard", "stage": "contact"})
    assert made.json()["steps"][0]["documents"] == ["话术"]


async def test_a_ticked_step_is_a_note_and_opens_no_gate(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    await pipeline.client.post("/stage-playbooks", json=PLAYBOOK)
    deal = (await rep.post("/opportunities", json={"name": "A plant"})).json()
    path = f"/opportunities/{deal['id']}"
    unknown = await rep.post(f"{path}/tick-step", json={"step": "dance"})
    assert unknown.json()["errors"][0]["pointer"] == "/step"
    async with published(pipeline.db) as events:
        for _ in range(2):
            assert (await rep.post(f"{path}/tick-step", json={"step": "call"})).is_success
    assert events.types == ["playbook_progress.step_ticked"]
    worklist = (await rep.get(f"{path}/playbook")).json()
    assert (worklist["stage"], worklist["done"], worklist["total"]) == ("contact", 1, 1)
    assert worklist["items"][0]["done_by"] == "rep-1"
    assert (await rep.post(f"{path}/advance", json={})).status_code == 409
    await rep.post(f"{path}/tick-step", json={"step": "call", "is_done": False})
    assert (await rep.get(f"{path}/playbook")).json()["done"] == 0
    stranger = pipeline.as_("rep-3", "rep")
    assert (await stranger.post(f"{path}/tick-step", json={"step": "call"})).status_code == 404


async def test_steps_are_told_apart_by_their_codes(pipeline: Running) -> None:
    doubled = PLAYBOOK | {"steps": [STEP, STEP]}
    answer = await pipeline.client.post("/stage-playbooks", json=doubled)
    assert answer.json()["errors"][0]["pointer"] == "/steps/1/code"


async def test_cases_are_found_by_stage_and_industry(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    made = (await rep.post("/cases", json=CASE)).json()
    other = CASE | {"title": "另一个", "stages": ["negotiation"], "industries": ["化工", "食品"]}
    await rep.post("/cases", json=other)
    reader = pipeline.as_("rep-3", "rep")
    for query, titles in (
        ("stage=needs", ["从标准切入"]),
        ("industry=化工", ["另一个", "从标准切入"]),
        ("industry=食品&stage=negotiation", ["另一个"]),
        ("industry=食品&stage=needs", []),
        ("template=project", []),
    ):
        found = (await reader.get(f"/cases?{query}")).json()["items"]
        assert sorted(case["title"] for case in found) == sorted(titles), query
    foreign = await reader.patch(
        f"/cases/{made['id']}", json={"title": "Mine"}, headers={"If-Match": '"1"'}
    )
    assert foreign.status_code == 404


async def test_a_case_is_changed_and_withdrawn_by_who_wrote_it(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    wrong = await rep.post("/cases", json=CASE | {"stages": ["contact", "moon"]})
    assert wrong.json()["errors"][0]["pointer"] == "/stages/1"
    made = (await rep.post("/cases", json=CASE)).json()
    path = f"/cases/{made['id']}"
    async with published(pipeline.db) as events:
        changed = await rep.patch(path, json={"lessons": "早到"}, headers={"If-Match": '"1"'})
        gone = await rep.post(f"{path}/withdraw", json={"reason": "客户要求"})
    assert (changed.json()["lessons"], gone.json()["is_withdrawn"]) == ("早到", True)
    assert events.payloads(wire.CaseChanged)[0].previous.lessons == CASE["lessons"]
    assert (await rep.get("/cases")).json()["items"] == []
    late = await rep.post(f"{path}/withdraw", json={"reason": "again"})
    assert late.json()["type"] == "/problems/case-withdrawn"
