"""The funnel: kept sums equal a full count, whatever happens to the deals meanwhile."""

from typing import Any

from chassis.testkit.running import Running
from pipeline.funnel.counting import Counting


async def open_deal(running: Running, who: str = "rep-1", **values: Any) -> dict[str, Any]:
    body = {"name": "Server room", "customer_id": "customer-1"} | values
    answer = await running.as_(who, "rep").post("/opportunities", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


async def rows_for(running: Running, who: str, role: str, **asked: str) -> dict[Any, Any]:
    await Counting(running.core).catch_up()
    answer = await running.as_(who, role).get("/funnel", params=asked)
    assert answer.status_code == 200, answer.text
    return {row["key"]: row for row in answer.json()["rows"]}


async def test_the_funnel_sums_open_deals_by_stage(pipeline: Running) -> None:
    await open_deal(pipeline, amount=money("100.00"))
    await open_deal(pipeline, amount=money("50.50"))
    rows = await rows_for(pipeline, "director", "director")
    stage = rows[None]["stages"][0]
    assert (stage["number"], stage["count"]) == (1, 2)
    assert stage["amounts"][0]["amount"] == "150.50"


async def test_everybody_sees_the_sums_of_what_they_may_see(pipeline: Running) -> None:
    await open_deal(pipeline, "rep-1", amount=money("1.00"))
    await open_deal(pipeline, "rep-2", amount=money("10.00"), collaborator_ids=["rep-1"])
    await open_deal(pipeline, "rep-3", amount=money("100.00"), collaborator_ids=["boss"])
    seen = {
        who: (await rows_for(pipeline, who, role))[None]["open"]["amounts"][0]["amount"]
        for who, role in {
            "rep-1": "rep",
            "rep-2": "rep",
            "boss": "supervisor",
            "director": "director",
        }.items()
    }
    assert seen == {"rep-1": "11.00", "rep-2": "10.00", "boss": "111.00", "director": "111.00"}


async def test_the_board_has_a_column_per_stage_with_its_cards(pipeline: Running) -> None:
    deal = await open_deal(pipeline, amount=money("100.00"), next_step="Call")
    await Counting(pipeline.core).catch_up()
    answer = await pipeline.as_("rep-1", "rep").get("/opportunities/board")
    assert answer.status_code == 200, answer.text
    first = answer.json()["stages"][0]
    assert first["count"] == 1
    assert (
        first["cards"][0]
        | {
            "id": deal["id"],
            "customer_name": "Cancity",
            "next_step": "Call",
            "days_in_stage": 0,
        }
        == first["cards"][0]
    )


async def test_accounts_that_are_nobodys_own_no_sums(pipeline: Running) -> None:
    """A deal without an owner is not the deal of whoever has no member of staff."""
    await open_deal(pipeline, amount=money("1.00"))
    assert await rows_for(pipeline, None, "rep") == {}  # type: ignore[arg-type]
