"""The HTTP edge: keys, versions, stored answers, problem documents, bounds on what comes in."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import httpx
import pytest
from chassis.clock import VirtualClock
from chassis.core import Core
from chassis.door import Door, Reader
from chassis.facts import Aggregate, Fact
from chassis.http import BatchIn, MoneyIn, RequestModel, create_app
from chassis.pages import page
from chassis.problems import CHINESE, ENGLISH, Refused
from chassis.settings import ServiceSettings
from chassis.store import Stored
from chassis.testkit.signing import GRANTS, JWKS, bearer
from chassis.work import Work
from contracts import pipeline as wire
from contracts.values import Money
from fastapi import APIRouter, Response


@dataclass(frozen=True, kw_only=True)
class PriceChanged(Fact):
    list_price: Money
    previous_list_price: Money | None


class NotCheaper(Refused):
    slug, status = "not-cheaper", 409
    titles = {CHINESE: "只能降价", ENGLISH: "A price only falls"}


@dataclass(kw_only=True)
class Thing(Aggregate):
    TYPE: ClassVar[str] = "product"
    price: Money

    def cost(self, price: Money) -> None:
        if price.amount >= self.price.amount:
            raise NotCheaper
        before, self.price = self.price, price
        self.record(PriceChanged(list_price=price, previous_list_price=before))


THINGS = Stored(Thing, "things")


class PriceIn(RequestModel):
    price: MoneyIn


router = APIRouter()


async def add_thing(work: Work, body: PriceIn) -> Thing:
    price = body.price.value
    count = await work.db["things"].count_documents({})
    thing = Thing(id=f"thing-{count}", key="k", price=price, owner_id=work.caller.staff_id)  # type: ignore[union-attr]
    thing.record(PriceChanged(list_price=price, previous_list_price=None))
    return work.add(THINGS, thing)


async def change_price(work: Work, identifier: str, body: PriceIn) -> Thing:
    thing = await work.load(THINGS, identifier)
    (await work.scope("things:write")).require(thing)
    thing.cost(body.price.value)
    return thing


def thing_view(thing: Thing) -> dict[str, Any]:
    return {"id": thing.id, "price": thing.price}


@router.post("/things", status_code=201)
async def add(body: PriceIn, door: Door) -> Response:
    return await door.run(lambda work: add_thing(work, body), shown=thing_view, created="/things")


@router.post("/things/batch")
async def add_many(body: BatchIn, door: Door) -> Response:
    return await door.batch(body.items, PriceIn, add_thing, shown=thing_view, created="/things")


@router.patch("/things/{identifier}")
async def change(identifier: str, body: PriceIn, door: Door) -> Response:
    return await door.run(lambda work: change_price(work, identifier, body), shown=thing_view)


@router.post("/things/{identifier}/reprice")
async def reprice(identifier: str, body: PriceIn, door: Door) -> Response:
    return await door.run(lambda work: change_price(work, identifier, body), shown=thing_view)


@router.get("/things")
async def things(reader: Reader, limit: int = 50, cursor: str | None = None) -> Response:
    scope = await reader.scope("things:read")
    found = await page(
        reader.db["things"],
        scope.filter(),
        sort="price.amount",
        limit=limit,
        cursor=cursor,
        decode=lambda document: str(document["_id"]),
    )
    return reader.page(found.items, found.next_cursor)


@pytest.fixture
async def core(mongodb_uri: str, database_name: str, clock: VirtualClock) -> Core:
    settings = ServiceSettings(
        mongodb_uri=mongodb_uri, database=database_name, jwks=JWKS, grants=GRANTS
    )
    table = {PriceChanged: wire.ProductPriceChanged}
    return Core(settings, name="pipeline", stored=[THINGS], events=table, clock=clock)


@pytest.fixture
async def client(core: Core) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(core, routers=[router])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport,
            base_url="http://test/api/v1",
            headers=bearer("ann") | {"Accept-Language": "en"},
        ) as http,
    ):
        yield http


def costing(amount: Any) -> dict[str, Any]:
    return {"price": {"amount": amount, "currency": "CNY"}}


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


async def test_an_answer_tells_where_the_thing_is_and_how_far_it_has_come(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/things", json=costing("10.00"), headers=key("a"))
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/api/v1/things/thing-0"
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Tianlong-Position"] == "product:thing-0:1"
    assert answer.json() == {"id": "thing-0", "price": {"amount": "10.00", "currency": "CNY"}}


async def test_the_same_command_twice_has_one_effect_and_one_answer(
    client: httpx.AsyncClient, core: Core
) -> None:
    first = await client.post("/things", json=costing("10.00"), headers=key("a"))
    again = await client.post("/things", json=costing("10.00"), headers=key("a"))
    assert again.content == first.content
    assert again.status_code == first.status_code
    assert again.headers["Location"] == first.headers["Location"]
    assert await core.db["things"].count_documents({}) == 1


async def test_the_same_command_twice_at_once_has_one_effect(
    client: httpx.AsyncClient, core: Core
) -> None:
    answers = await asyncio.gather(
        *(client.post("/things", json=costing("10.00"), headers=key("a")) for _ in range(8))
    )
    assert {answer.content for answer in answers} == {answers[0].content}
    assert await core.db["things"].count_documents({}) == 1


async def test_a_key_is_its_callers_own(client: httpx.AsyncClient, core: Core) -> None:
    await client.post("/things", json=costing("10.00"), headers=key("a"))
    await client.post("/things", json=costing("10.00"), headers=key("a") | bearer("bob"))
    assert await core.db["things"].count_documents({}) == 2


async def test_a_key_used_for_another_body_is_refused(client: httpx.AsyncClient) -> None:
    await client.post("/things", json=costing("10.00"), headers=key("a"))
    other = await client.post("/things", json=costing("11.00"), headers=key("a"))
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-mismatch"


async def test_a_refusal_by_rule_is_the_answer_for_ever(client: httpx.AsyncClient) -> None:
    await client.post("/things", json=costing("10.00"), headers=key("a"))
    path = "/things/thing-0/reprice"
    refused = await client.post(path, json=costing("10.00"), headers=key("b"))
    assert refused.status_code == 409
    assert refused.json()["title"] == "A price only falls"
    await client.post(path, json=costing("1.00"), headers=key("c"))
    again = await client.post(path, json=costing("10.00"), headers=key("b"))
    assert again.content == refused.content


async def test_a_post_without_a_key_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/things", json=costing("10.00"))
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/idempotency-key-required"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_patch_needs_the_version_that_was_seen(client: httpx.AsyncClient) -> None:
    await client.post("/things", json=costing("10.00"), headers=key("a"))
    without = await client.patch("/things/thing-0", json=costing("9.00"))
    assert without.status_code == 428
    fresh = await client.patch("/things/thing-0", json=costing("9"), headers={"If-Match": '"1"'})
    assert fresh.status_code == 200
    assert fresh.headers["ETag"] == '"2"'
    stale = await client.patch("/things/thing-0", json=costing("8"), headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert stale.json()["current_version"] == 2


async def test_in_a_batch_one_failing_item_does_not_fail_the_others(
    client: httpx.AsyncClient, core: Core
) -> None:
    items = [costing("3.00"), {"nonsense": 1}, costing("2.00"), costing("0.001")]
    answer = await client.post("/things/batch", json={"items": items}, headers=key("a"))
    told = answer.json()["items"]
    assert [item["status"] for item in told] == [201, 400, 201, 400]
    assert told[0]["position"].startswith("product:thing-")
    assert told[1]["problem"]["errors"][0]["pointer"] in {"/price", "/nonsense"}
    again = await client.post("/things/batch", json={"items": items}, headers=key("a"))
    assert [item.get("position") for item in again.json()["items"]] == [
        item.get("position") for item in told
    ]
    assert await core.db["things"].count_documents({}) == 2


async def test_a_list_holds_only_what_its_reader_may_see(client: httpx.AsyncClient) -> None:
    await client.post("/things", json=costing("3"), headers=key("a"))
    await client.post("/things", json=costing("4"), headers=key("b") | bearer("bob"))
    assert (await client.get("/things")).json()["items"] == ["thing-0"]
    everything = await client.get("/things", headers=bearer("dora", "director"))
    assert everything.json()["items"] == ["thing-1", "thing-0"]


async def test_pages_follow_each_other_without_gap_or_repetition(
    client: httpx.AsyncClient,
) -> None:
    for n in range(7):
        await client.post("/things", json=costing(str(5 + n % 3)), headers=key(str(n)))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query: dict[str, Any] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        answer = (await client.get("/things", params=query)).json()
        seen += answer["items"]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == [f"thing-{n}" for n in range(7)]


async def test_what_belongs_to_others_looks_as_if_it_were_not_there(
    client: httpx.AsyncClient,
) -> None:
    await client.post("/things", json=costing("3"), headers=key("a"))
    path = "/things/thing-0/reprice"
    answer = await client.post(path, json=costing("1"), headers=key("b") | bearer("bob"))
    missing = await client.post(
        "/things/thing-9/reprice", json=costing("1"), headers=key("c") | bearer("bob")
    )
    assert answer.status_code == missing.status_code == 404


BAD_BODIES: dict[str, tuple[bytes, int, str]] = {
    "unknown field": (b'{"price":{"amount":"1","currency":"CNY"},"x":1}', 400, "/x"),
    "missing field": (b"{}", 400, "/price"),
    "wrong type": (b'{"price":[]}', 400, "/price"),
    "not JSON": (b"{", 400, ""),
    "not an object": (b"[]", 400, ""),
    "empty": (b"", 400, ""),
    "too precise": (b'{"price":{"amount":"1.001","currency":"CNY"}}', 400, "/price/amount"),
    "huge": (b'{"price":{"amount":"1e20","currency":"CNY"}}', 400, "/price/amount"),
    "not a number": (b'{"price":{"amount":"NaN","currency":"CNY"}}', 400, "/price/amount"),
    "no currency": (b'{"price":{"amount":"1","currency":"yuan"}}', 400, "/price/currency"),
    "control character": (
        b'{"price":{"amount":"1","currency":"\\u0000AA"}}',
        400,
        "/price/currency",
    ),
    "bad bytes": (b'{"price":{"amount":"\xff","currency":"CNY"}}', 400, ""),
    "too deep": (b'{"price":' + b"[" * 5000 + b"]" * 5000 + b"}", 400, ""),
    "too large": (b'{"price":"' + b"x" * 10_000_000 + b'"}', 413, ""),
}


@pytest.mark.parametrize("name", BAD_BODIES)
async def test_bad_input_is_told_by_field_and_leaves_nothing(
    client: httpx.AsyncClient, core: Core, name: str
) -> None:
    body, status, pointer = BAD_BODIES[name]
    headers = key("a") | {"Content-Type": "application/json"}
    answer = await client.post("/things", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    if pointer:
        assert pointer in [error["pointer"] for error in problem["errors"]]
    assert await core.db["things"].count_documents({}) == 0
    assert await core.db["events"].count_documents({}) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer " + "x" * 10_000},
        bearer("ann", exp=1),
        bearer("ann", aud="somebody-else"),
        bearer("ann", iss="somebody-else"),
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ."},
    ],
    ids=["none", "basic", "nonsense", "long", "expired", "audience", "issuer", "unsigned"],
)
async def test_nobody_gets_in_without_a_token_of_ours(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.get("/things", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems/unauthenticated"


async def test_a_role_without_the_right_is_forbidden(client: httpx.AsyncClient) -> None:
    answer = await client.get("/things", headers=bearer("ann", "nobody"))
    assert answer.status_code == 403


@pytest.mark.parametrize("cursor", ["x", "e30", "eyJhIjoxfQ", "WyJfaWQiLCJ2IiwxLCJ4Il0"])
async def test_a_foreign_cursor_is_refused(client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get("/things", params={"cursor": cursor})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/cursor"


async def test_a_position_of_a_kind_that_is_not_followed_is_refused(
    client: httpx.AsyncClient,
) -> None:
    own = await client.get("/things", headers={"Tianlong-Wait-For": "product:thing-0:1"})
    assert own.status_code == 200
    foreign = await client.get("/things", headers={"Tianlong-Wait-For": "customer:x:1"})
    assert foreign.status_code == 400
    nonsense = await client.get("/things", headers={"Tianlong-Wait-For": "x"})
    assert nonsense.status_code == 400


async def test_problems_are_told_in_the_callers_language(client: httpx.AsyncClient) -> None:
    chinese = await client.post(
        "/things", json={}, headers=key("a") | {"Accept-Language": "zh-CN,zh;q=0.9"}
    )
    assert chinese.json()["title"] == "输入有误"
    unknown = await client.get("/nowhere")
    assert unknown.status_code == 404
    assert unknown.json()["type"] == "/problems/not-found"
    wrong = await client.delete("/things")
    assert wrong.status_code == 405


async def test_a_ready_service_says_so(client: httpx.AsyncClient) -> None:
    assert (await client.get("http://test/health/live")).status_code == 200
    assert (await client.get("http://test/health/ready")).json()["status"] == "ready"
    assert b"tianlong_events_pending" in (await client.get("http://test/metrics")).content


async def test_the_description_of_the_api_is_served(client: httpx.AsyncClient) -> None:
    description = json.loads((await client.get("/openapi.json")).content)
    assert "/api/v1/things" in description["paths"]


def test_money_is_never_a_binary_float() -> None:
    assert MoneyIn.model_validate({"amount": "0.10", "currency": "CNY"}).value == Money(
        Decimal("0.10"), "CNY"
    )
