"""Saved views: one's own, shared with teams and roles, never wider than one may."""

from typing import Any

from chassis.testkit.running import Running, published
from contracts import pipeline as wire


def a_view(**values: Any) -> dict[str, Any]:
    return {
        "name": "Large ones",
        "collection": "opportunities",
        "filters": {"status": "open", "where": ["amount:gte:1000"]},
        "sort": "-amount",
    } | values


async def seen_by(running: Running, who: str, role: str) -> list[str]:
    answer = await running.as_(who, role).get("/saved-views?collection=opportunities")
    assert answer.status_code == 200, answer.text
    return [view["name"] for view in answer.json()["items"]]


async def test_a_view_is_its_owners_until_it_is_shared(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    async with published(pipeline.db) as events:
        saved = await rep.post("/saved-views", json=a_view())
    assert saved.status_code == 201, saved.text
    assert events.payloads(wire.ViewSaved)[0].look.sort == "-amount"
    assert await seen_by(pipeline, "rep-1", "rep") == ["Large ones"]
    assert await seen_by(pipeline, "rep-2", "rep") == []
    shared = await rep.patch(
        saved.headers["Location"].removeprefix("/api/v1"),
        json={"sharing": {"team_ids": ["team-1"]}},
        headers={"If-Match": saved.headers["ETag"]},
    )
    assert shared.status_code == 200, shared.text
    assert await seen_by(pipeline, "rep-2", "rep") == ["Large ones"]
    assert await seen_by(pipeline, "rep-3", "rep") == []


async def test_a_view_shared_with_a_team_is_seen_in_the_teams_below_it(pipeline: Running) -> None:
    boss = pipeline.as_("director", "director")
    saved = await boss.post("/saved-views", json=a_view(sharing={"team_ids": ["east"]}))
    assert saved.status_code == 201, saved.text
    assert await seen_by(pipeline, "rep-1", "rep") == ["Large ones"]
    assert await seen_by(pipeline, "rep-3", "rep") == []


async def test_a_view_shared_with_a_role_is_seen_by_whoever_has_it(pipeline: Running) -> None:
    boss = pipeline.as_("director", "director")
    await boss.post("/saved-views", json=a_view(sharing={"roles": ["rep"]}))
    assert await seen_by(pipeline, "rep-3", "rep") == ["Large ones"]
    assert await seen_by(pipeline, "boss", "supervisor") == []


async def test_sharing_wider_than_the_own_team_takes_the_right_to_it(pipeline: Running) -> None:
    grants = {"saved-views:read": "own", "saved-views:write": "own"}
    pipeline.core.settings.grants["modest"] = grants  # type: ignore[index]
    rep = pipeline.as_("rep-1", "modest")
    for sharing in ({"roles": ["rep"]}, {"team_ids": ["team-2"]}):
        refused = await rep.post("/saved-views", json=a_view(sharing=sharing))
        assert refused.status_code == 403
        assert refused.json()["type"] == "/problems/shared-too-widely"
    kept = await rep.post("/saved-views", json=a_view(sharing={"team_ids": ["team-1"]}))
    assert kept.status_code == 201


async def test_only_its_owner_changes_or_removes_a_view(pipeline: Running) -> None:
    rep = pipeline.as_("rep-1", "rep")
    saved = await rep.post("/saved-views", json=a_view(sharing={"team_ids": ["team-1"]}))
    path = saved.headers["Location"].removeprefix("/api/v1")
    refused = await pipeline.as_("rep-2", "rep").post(f"{path}/remove", json={})
    assert refused.status_code == 404
    assert (await rep.post(f"{path}/remove", json={})).status_code == 200
    assert await seen_by(pipeline, "rep-1", "rep") == []
    assert (await rep.get(path)).status_code == 404


async def test_a_view_that_its_list_would_refuse_is_refused_at_once(pipeline: Running) -> None:
    view = a_view(filters={"where": ["salary:gte:1"]})
    refused = await pipeline.as_("rep-1", "rep").post("/saved-views", json=view)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/filters/where"
