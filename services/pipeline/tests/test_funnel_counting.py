"""The kept sums equal a full count: under concurrent writes, moves, replay, rebuild and a kill."""

import asyncio
import contextlib
import os
import random
import subprocess
import sys
from typing import Any

import msgspec
from chassis.failpoints import DIED
from chassis.mongo import Document
from chassis.testkit.running import Running, deliver
from contracts import field
from pipeline.funnel.counting import Counting
from pipeline.funnel.model import Changes, share_of
from pipeline.funnel.store import CELLS, CONTROL, FUNNEL, SHARES, Overtaken, cell_id
from pipeline.opportunities.commands import process_of
from pipeline.opportunities.store import OPPORTUNITIES, UNCOUNTED
from pipeline.products.store import PRODUCTS

Counts = dict[str, tuple[int, Any, Any]]
WAITING_WORKER = """
import asyncio
from pipeline.funnel.counting import Counting
from pipeline.main import create_app

asyncio.run(Counting(create_app().state.core).catch_up())
"""


async def generation_of(running: Running) -> int:
    control = await running.db[CONTROL].find_one({"_id": FUNNEL})
    assert control is not None
    assert control["building"] is None
    return int(control["active"])


async def full_count(running: Running) -> Counts:
    """Every deal looked at anew, by nothing that was kept."""
    changes = Changes()
    generation = await generation_of(running)
    products = {one["_id"]: one async for one in running.db[PRODUCTS.collection].find()}
    async for document in running.db[OPPORTUNITIES.collection].find():
        deal = OPPORTUNITIES.aggregate(document)
        line = products.get(deal.terms.product_id or "", {}).get("line")
        changes.replace(None, share_of(deal, await process_of(running.db, deal), line))
    return {cell_id(generation, cell): tuple(sums) for cell, sums in changes.sums.items()}


async def kept(running: Running) -> Counts:
    generation = await generation_of(running)
    cells = running.db[CELLS].find({"generation": generation, "deals": {"$ne": 0}})
    return {one["_id"]: (one["deals"], one["amount"], one["weighted"]) async for one in cells}


async def assert_right(running: Running) -> None:
    await Counting(running.core).catch_up()
    assert await kept(running) == await full_count(running)
    empty = {"deals": 0, "$or": [{"amount": {"$ne": 0}}, {"weighted": {"$ne": 0}}]}
    assert await running.db[CELLS].find_one(empty) is None


async def open_deals(running: Running, count: int) -> list[str]:
    items: list[Document] = [
        {
            "name": f"Deal {number}",
            "customer_id": "customer-1",
            "template": ("standard", "simple")[number % 2],
            "owner_id": f"rep-{number % 3 + 1}",
            "collaborator_ids": [["rep-1"], ["boss", "rep-2"], []][number % 3],
            "amount": {"amount": f"{number}.37", "currency": ("CNY", "USD")[number % 5 == 0]},
            "expected_close_on": f"2026-{number % 9 + 4:02}-15",
        }
        for number in range(count)
    ]
    answer = await running.as_("director", "director").post(
        "/opportunities/batch", json={"items": items}
    )
    assert {item["status"] for item in answer.json()["items"]} == {201}
    return [item["resource"]["id"] for item in answer.json()["items"]]


async def something_happens(running: Running, deal_id: str, drawn: random.Random) -> None:
    """Any change that a deal's place in the funnel depends on; a refusal is as good as another."""
    boss = running.as_("director", "director")
    path = f"/opportunities/{deal_id}"
    what = drawn.randrange(6)
    if what == 0:
        await boss.post(f"{path}/lose", json={"reasons": ["price"]})
    elif what == 1:
        owner = f"rep-{drawn.randint(1, 3)}"
        await boss.post(f"{path}/change-owner", json={"owner_id": owner})
    elif what == 2:
        await boss.post(f"{path}/park", json={"wake_on": "2026-05-01"})
    elif what == 3:
        await boss.post(f"{path}/reopen", json={"reason": "they called again"})
    else:
        found = await boss.get(path)
        change: Document = {"amount": {"amount": f"{drawn.randint(1, 9)}.05", "currency": "CNY"}}
        if what == 5:
            change = {"collaborator_ids": drawn.sample(["rep-1", "rep-2", "boss"], 2)}
        await boss.patch(path, json=change, headers={"If-Match": found.headers["ETag"]})


async def move(running: Running, staff_id: str, team_id: str) -> None:
    staff = await running.db["staff_copy"].find_one({"_id": staff_id})
    assert staff is not None
    profile = {"name": staff["name"], "team_id": team_id}
    moved = {"staff_id": staff_id, "profile": profile, "previous": profile, "changed": ["team_id"]}
    await deliver(running, msgspec.convert(moved, field.StaffMoved), subject=staff_id)


async def test_sums_equal_a_full_count_after_any_changes_at_once(pipeline: Running) -> None:
    """Two counters at work while deals change and people move between teams."""
    drawn = random.Random(14)
    deals = await open_deals(pipeline, 24)
    counters = [Counting(pipeline.core), Counting(pipeline.core)]
    is_over = asyncio.Event()

    async def count(counter: Counting) -> None:
        while not is_over.is_set():
            with contextlib.suppress(Overtaken):  # the other one was faster: look again
                await counter.catch_up()

    at_work = [asyncio.create_task(count(counter)) for counter in counters]
    for round_ in range(6):
        changed = [drawn.choice(deals) for _ in range(12)]
        await asyncio.gather(*(something_happens(pipeline, one, drawn) for one in changed))
        await move(pipeline, f"rep-{round_ % 3 + 1}", f"team-{round_ % 2 + 1}")
    is_over.set()
    await asyncio.gather(*at_work)
    await assert_right(pipeline)


async def test_what_is_counted_twice_counts_once(pipeline: Running) -> None:
    await open_deals(pipeline, 6)
    await assert_right(pipeline)
    await pipeline.db[OPPORTUNITIES.collection].update_many({}, {"$set": {UNCOUNTED: 1}})
    await assert_right(pipeline)


async def test_an_older_state_of_a_deal_never_replaces_a_newer_one(pipeline: Running) -> None:
    (deal_id,) = await open_deals(pipeline, 1)
    old = await pipeline.db[OPPORTUNITIES.collection].find_one({"_id": deal_id})
    assert old is not None
    boss = pipeline.as_("director", "director")
    await boss.post(f"/opportunities/{deal_id}/lose", json={"reasons": ["price"]})
    await Counting(pipeline.core).catch_up()
    await Counting(pipeline.core).count([old], [await generation_of(pipeline)])
    await assert_right(pipeline)


async def test_counted_anew_the_sums_are_the_same(pipeline: Running) -> None:
    await open_deals(pipeline, 8)
    await assert_right(pipeline)
    before = {name.partition("|")[2]: sums for name, sums in (await kept(pipeline)).items()}
    # Damage that a count anew has to make good.
    await pipeline.db[CELLS].update_many({}, {"$inc": {"deals": 3}})
    asked = await pipeline.client.post("/operations/rebuild", json={})
    assert asked.json()["state"] == "building"
    await assert_right(pipeline)
    assert await generation_of(pipeline) == 2
    after = {name.partition("|")[2]: sums for name, sums in (await kept(pipeline)).items()}
    assert after == before


async def test_killed_in_the_middle_a_deal_is_counted_once(
    pipeline: Running, mongodb_uri: str
) -> None:
    await open_deals(pipeline, 5)
    for point in ("funnel.between_shares_and_cells", "funnel.before_clear"):
        await pipeline.db[OPPORTUNITIES.collection].update_many({}, {"$set": {UNCOUNTED: 1}})
        await pipeline.db[SHARES].delete_many({})
        await pipeline.db[CELLS].delete_many({})
        told = {
            "TIANLONG_FAILPOINT": point,
            "TIANLONG_MONGODB_URI": mongodb_uri,
            "TIANLONG_DATABASE": pipeline.db.name,
            "TIANLONG_INSTANCE": "killed",
        }
        killed = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", WAITING_WORKER],
            env=os.environ | told,
            check=False,
            timeout=60,
        )
        assert killed.returncode == DIED
        successor = Counting(pipeline.core)
        pipeline.core.settings.instance = "killed"
        await successor.catch_up()
        await assert_right(pipeline)
