"""Lists of deals: dimensions, free filters, and words in Chinese, pinyin and initials."""

from typing import Any

import pytest
from chassis.testkit.running import Running, deliver
from contracts import customers
from pipeline.funnel.counting import Counting
from pipeline.opportunities.search import words_asked, words_of


async def open_deal(running: Running, who: str = "rep-1", **values: Any) -> str:
    body = {"name": "Server room", "customer_id": "customer-1"} | values
    answer = await running.as_(who, "rep").post("/opportunities", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def names(running: Running, who: str, role: str, **asked: Any) -> list[str]:
    await Counting(running.core).catch_up()
    answer = await running.as_(who, role).get("/opportunities", params=asked)
    assert answer.status_code == 200, answer.text
    return [deal["name"] for deal in answer.json()["items"]]


@pytest.mark.parametrize(
    "query",
    [
        "数据中心",
        "据中",
        "数据 扩容",
        "shuju",
        "shujuzhongxin",
        "zhongxin",
        "sjzx",
        "SERVER",
        "cancity",
        "华",
    ],
)
async def test_a_deal_is_found_by_characters_pinyin_and_initials(
    shared_found: Running, query: str
) -> None:
    assert await names(shared_found, "rep-1", "rep", q=query) == ["华信数据中心扩容 Server"]


@pytest.mark.parametrize("query", ["数心", "xjzs", "erver", "数据 维保", "."])
async def test_other_words_find_nothing(shared_found: Running, query: str) -> None:
    assert await names(shared_found, "rep-1", "rep", q=query) == []


async def test_words_find_only_what_is_in_reach(shared_found: Running) -> None:
    assert await names(shared_found, "rep-3", "rep", q="sjzx") == []
    assert len(await names(shared_found, "boss", "supervisor", q="sjzx")) == 1


@pytest.fixture
async def shared_found(pipeline: Running) -> Running:
    await open_deal(pipeline, name="华信数据中心扩容 Server", need="三百台")
    await open_deal(pipeline, "rep-3", name="办公楼维保")
    return pipeline


async def test_a_deal_is_found_by_its_customers_new_name(pipeline: Running) -> None:
    await open_deal(pipeline, name="Renamed")
    profile = customers.CustomerProfile(name="天元化工", owner_id="rep-1")  # type: ignore[arg-type]
    renamed = customers.CustomerUpdated(
        customer_id="customer-1",  # type: ignore[arg-type]
        profile=profile,
        previous=profile,
        changed=["name"],
    )
    assert await names(pipeline, "rep-1", "rep", q="tianyuan") == []
    await deliver(pipeline, renamed, subject="customer-1")
    assert await names(pipeline, "rep-1", "rep", q="tianyuan") == ["Renamed"]


async def test_matches_are_counted_and_paged_in_the_order_asked_for(pipeline: Running) -> None:
    for number in range(5):
        amount = {"amount": f"{number + 1}.00", "currency": "CNY"}
        await open_deal(pipeline, name=f"Pump {number}", amount=amount)
    await Counting(pipeline.core).catch_up()
    asked: dict[str, Any] = {"q": "pump", "sort": "-amount", "limit": 2}
    seen = []
    while True:
        answer = (await pipeline.as_("rep-1", "rep").get("/opportunities", params=asked)).json()
        assert (answer["count"], answer["or_more"]) == (5, False)
        seen += [deal["name"] for deal in answer["items"]]
        if answer["next_cursor"] is None:
            break
        asked["cursor"] = answer["next_cursor"]
    assert seen == [f"Pump {number}" for number in (4, 3, 2, 1, 0)]


async def test_free_filters_compare_by_the_kind_of_their_field(pipeline: Running) -> None:
    for number, intent in enumerate(("weak", "strong", "strong")):
        amount = {"amount": f"{number}00.00", "currency": "CNY"}
        await open_deal(pipeline, name=f"Deal {number}", intent=intent, amount=amount)
    where = ["intent:eq:strong", "amount:gt:100", "expected_close_on:empty:true"]
    assert await names(pipeline, "rep-1", "rep", where=where) == ["Deal 2"]
    assert await names(pipeline, "rep-1", "rep", where=["intent:in:weak,none"]) == ["Deal 0"]


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("salary:eq:1", "unknown-field"),
        ("intent:gt:weak", "unknown-operator"),
        ("amount:gt:many", "not-a-value"),
        ("amount:gt:NaN", "not-a-value"),
        ("is_parked:eq:perhaps", "not-a-value"),
        ("expected_close_on:lt:2026-13-01", "not-a-value"),
    ],
)
async def test_a_filter_that_is_none_is_refused_with_its_place(
    pipeline: Running, where: str, code: str
) -> None:
    answer = await pipeline.client.get("/opportunities", params={"where": where})
    assert answer.status_code == 400
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/where/0", code)]


async def test_lists_by_dimension_and_row_rule_are_what_a_full_look_finds(
    pipeline: Running,
) -> None:
    """Own, shared and of teams, merged: each deal once, in order, nothing out of reach."""
    for who, shared in (("rep-1", []), ("rep-2", ["rep-1"]), ("rep-3", ["rep-1", "boss"])):
        for number in range(3):
            await open_deal(
                pipeline,
                who,
                name=f"{who} {number}",
                collaborator_ids=shared if number else [],
                amount={"amount": f"{number}0.00", "currency": "CNY"},
            )
    own = {f"rep-1 {number}" for number in range(3)}
    shared = {f"{who} {number}" for who in ("rep-2", "rep-3") for number in (1, 2)}
    team = own | {f"rep-2 {number}" for number in range(3)} | {"rep-3 1", "rep-3 2"}
    for asked in ({"sort": "-amount"}, {"sort": "-amount", "status": "open"}):
        assert set(await names(pipeline, "rep-1", "rep", **asked)) == own | shared
        found = await names(pipeline, "boss", "supervisor", **asked)
        assert (set(found), len(found)) == (team, len(team))
    in_west = await names(pipeline, "director", "director", region="West", sort="amount")
    assert in_west == ["rep-3 0", "rep-3 1", "rep-3 2"]
    assert set(await names(pipeline, "rep-1", "rep", owner_id="rep-2", sort="amount")) == {
        "rep-2 1",
        "rep-2 2",
    }


def test_words_are_bounded_however_long_a_text_is() -> None:
    assert len(words_of("数" * 5000, "客" * 5000, ["p" * 900] * 50, "需" * 9000)) <= 120
    assert words_asked("🙂 — !") == ([], [])
