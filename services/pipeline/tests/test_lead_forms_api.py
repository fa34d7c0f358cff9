"""Public forms: anybody sends them in; machines, floods and strangers' fields get nowhere."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from chassis.clock import VirtualClock
from chassis.testkit.running import Client, Running, published

FORM = {
    "name": "Website",
    "fields": ["company", "contact_name", "phone", "need"],
    "source": "website",
    "campaign_id": "fair-2026",
    "temperature": "hot",
    "hourly_limit": 3,
}
GIVEN = {"company": "Hengtai", "contact_name": "Wang Wei", "phone": "138 0013 8000"}


async def a_form(pipeline: Running, **more: Any) -> str:
    answer = await pipeline.client.post("/lead-forms", json=FORM | more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def send_in(
    pipeline: Running, form: str, *, address: str = "203.0.113.7", **request: Any
) -> httpx.Response:
    """As the gateway hands it on: by nobody, with the address it came from."""
    headers = {"X-Forwarded-For": address} | request.pop("headers", {})
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(pipeline.app), base_url="http://test/api/v1"
    )
    async with client:
        path = f"/lead-forms/{form}/submissions"
        return await client.post(path, headers=headers, **request)


async def leads(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get("/leads")).json()["items"]
    return found


async def test_what_is_sent_in_becomes_a_lead_of_the_forms_campaign(pipeline: Running) -> None:
    form = await a_form(pipeline)
    answer = await send_in(pipeline, form, json=GIVEN)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    [lead] = await leads(pipeline.client)
    assert (lead["company"]["name"], lead["contact"]["name"]) == ("Hengtai", "Wang Wei")
    assert (lead["channel"], lead["campaign_id"], lead["temperature"]) == (
        "form",
        "fair-2026",
        "hot",
    )


async def test_an_html_form_may_send_it_as_it_does(pipeline: Running) -> None:
    form = await a_form(pipeline)
    answer = await send_in(pipeline, form, data=GIVEN | {"need": "", "website": ""})
    assert answer.status_code == 202
    assert [lead["company"]["name"] for lead in await leads(pipeline.client)] == ["Hengtai"]


async def test_a_machine_is_answered_alike_and_only_counted(pipeline: Running) -> None:
    form = await a_form(pipeline)
    async with published(pipeline.db) as events:
        trapped = await send_in(pipeline, form, json=GIVEN | {"website": "http://spam.example"})
    assert (trapped.status_code, trapped.json()) == (202, {"status": "accepted"})
    assert events.types == []
    shown = (await pipeline.client.get(f"/lead-forms/{form}")).json()
    assert shown["counts"] == {"taken": 0, "trapped": 1}


async def test_an_address_sends_it_in_only_so_often_an_hour(
    pipeline: Running, clock: VirtualClock
) -> None:
    form = await a_form(pipeline)
    answers = await asyncio.gather(*(send_in(pipeline, form, json=GIVEN) for _ in range(5)))
    assert sorted(one.status_code for one in answers) == [202, 202, 202, 429, 429]
    refused = next(one for one in answers if one.status_code == 429)
    assert refused.headers["retry-after"] == "3600"
    elsewhere = await send_in(pipeline, form, json=GIVEN, address="198.51.100.9")
    assert elsewhere.status_code == 202
    clock.advance(timedelta(hours=1))
    assert (await send_in(pipeline, form, json=GIVEN)).status_code == 202


async def test_no_address_is_kept(pipeline: Running) -> None:
    form = await a_form(pipeline)
    await send_in(pipeline, form, json=GIVEN, address="203.0.113.7")
    async for visit in pipeline.db["lead_form_visits"].find():
        assert "203.0.113" not in str(visit)


async def test_with_a_key_it_is_one_lead_however_often(pipeline: Running) -> None:
    form = await a_form(pipeline)
    for _ in range(2):
        key = {"Idempotency-Key": "once"}
        assert (await send_in(pipeline, form, json=GIVEN, headers=key)).status_code == 202
    assert len(await leads(pipeline.client)) == 1


async def test_whoever_asks_again_is_told_nothing_and_comes_to_the_same_owner(
    pipeline: Running,
) -> None:
    form = await a_form(pipeline)
    rule = {"name": "All", "place": 1, "way": "round_robin", "staff_ids": ["rep-1", "rep-2"]}
    await pipeline.client.post("/lead-assignment-rules", json=rule)
    for _ in range(2):
        assert (await send_in(pipeline, form, json=GIVEN)).json() == {"status": "accepted"}
    assert [lead["owner_id"] for lead in await leads(pipeline.client)] == ["rep-1", "rep-1"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"json": {"contact_name": "Wang Wei"}}, 400),
        ({"json": GIVEN | {"mail": "wang@hengtai.example"}}, 400),
        ({"json": GIVEN | {"phone": {"$gt": ""}}}, 400),
        ({"json": GIVEN | {"company": "  "}}, 400),
        ({"json": [GIVEN]}, 400),
        ({"content": b"\xff\xfe", "headers": {"Content-Type": "application/json"}}, 400),
        ({"json": GIVEN | {"need": "x" * 20_000}}, 413),
    ],
)
async def test_what_the_form_does_not_ask_for_is_refused(
    pipeline: Running, request_: dict[str, Any], status: int
) -> None:
    form = await a_form(pipeline)
    assert (await send_in(pipeline, form, **request_)).status_code == status
    assert await leads(pipeline.client) == []


async def test_a_closed_form_and_none_look_alike(pipeline: Running) -> None:
    form = await a_form(pipeline)
    await pipeline.client.post(f"/lead-forms/{form}/close")
    closed = await send_in(pipeline, form, json=GIVEN)
    none = await send_in(pipeline, "no-form", json=GIVEN)
    assert (closed.status_code, none.status_code) == (404, 404)


async def test_a_form_asks_for_the_company(pipeline: Running) -> None:
    answer = await pipeline.client.post("/lead-forms", json=FORM | {"fields": ["phone"]})
    assert answer.status_code == 400


async def test_everything_else_about_forms_takes_a_right(pipeline: Running) -> None:
    form = await a_form(pipeline)
    nobody = pipeline.as_("rep-1", "nobody")
    for answer in (
        await nobody.post("/lead-forms", json=FORM),
        await nobody.get("/lead-forms"),
        await nobody.post(f"/lead-forms/{form}/close"),
    ):
        assert answer.status_code == 403
