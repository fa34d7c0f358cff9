"""Personal data of customers' people stays where it is sealed: not in events, held messages,
stored answers, other services or logs, and nowhere at all once the person was erased."""

import logging
from typing import Any

import pytest
import structlog
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from chassis.held import HELD

from tests.flows.company import Body, Company, a_customer, a_fix

PERSON: Body = {
    "name": "Oscar Unmistakable",
    "title": "Uncle-in-chief",
    "phone": "13955501234",
    "mail": "oscar@unmistakable.example",
    "wechat": "wx_unmistakable",
    "birthday": "1951-12-24",
    "ambition": "to own the yacht-unmistakable",
    "conduct": "conduct-unmistakable",
    "temperament": "temper-unmistakable",
    "likes": "lemonade-unmistakable",
    "strengths": "songs-unmistakable",
}
CHANGED = {"phone": "13955509999", "likes": "limes-unmistakable"}
AS_IT_LIES = CodecOptions(document_class=RawBSONDocument)
SECRETS = [str(value).encode() for value in (*PERSON.values(), *CHANGED.values())]


def told(content: bytes) -> list[str]:
    return [secret.decode() for secret in SECRETS if secret in content]


async def everything_stored(acme: Company) -> dict[str, bytes]:
    """Every document of every service as it lies in its database, by place."""
    found: dict[str, bytes] = {}
    for name, running in acme.services.items():
        for collection in await running.db.list_collection_names():
            raw: Any = running.db.get_collection(collection, codec_options=AS_IT_LIES)
            async for document in raw.find():
                found[f"{name}.{collection} {document['_id']}"] = document.raw
    return found


async def test_nothing_personal_leaves_its_place(
    acme: Company, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with structlog.testing.capture_logs() as logs:
        customer = await acme.rep.post("/customers", a_customer())
        await acme.carry()
        contact = await a_contact_told_twice(acme, customer["id"])
        await acme.rep.patch(f"/contacts/{contact['id']}", CHANGED)
        await asked_for_in_vain(acme, customer["id"])
        await acme.carry()
        await met(acme, customer["id"], contact["id"])
        await acme.carry()
        await held_for_a_while(acme, contact["id"])
        read = await acme.rep.get(f"/contacts/{contact['id']}")
        assert read["name"] == PERSON["name"]
        assert read["likes"] == CHANGED["likes"]

    stored = await everything_stored(acme)
    # What is not personal is found by the same search: names of customers travel.
    named = [place for place, content in stored.items() if customer["name"].encode() in content]
    assert {place.partition(" ")[0] for place in named} >= {
        "customers.customers",
        "customers.events",
        "pipeline.customer_copy",
        "field.customer_copy",
    }
    assert {place: told(content) for place, content in stored.items() if told(content)} == {}
    for message in acme.delivery.log:
        assert told((message.value or b"") + str(message.headers).encode()) == [], message.id
    assert told(repr(logs).encode()) == []
    # The client of this test logs its own requests; they are not a service's.
    lines = [one.getMessage() for one in caplog.records if one.name != "httpx"]
    assert told("\n".join(lines).encode()) == []


async def a_contact_told_twice(acme: Company, customer_id: str) -> Body:
    """The same request twice: the stored answer is filled in from where the person lies."""
    body = PERSON | {"customer_id": customer_id, "buying_role": "coach"}
    key = {"Idempotency-Key": f"contact-of-{customer_id}"}
    first = (await acme.rep.ask("POST", "/contacts", body, **key)).json()
    again = (await acme.rep.ask("POST", "/contacts", body, **key)).json()
    assert again == first
    assert {name: first[name] for name in PERSON} == PERSON
    contact: Body = first
    return contact


async def asked_for_in_vain(acme: Company, customer_id: str) -> None:
    """Requests that are refused, and searches: what was typed is not kept."""
    body = PERSON | {"customer_id": customer_id}
    await acme.rep.refused(400, "/contacts", body | {"nonsense": PERSON["name"]})
    await acme.rep.refused(400, "/contacts", body | {"customer_id": "nobody"})
    await acme.rep.post(
        "/customers/check-duplicates",
        {"name": "Unheard of", "phones": [PERSON["phone"]], "mails": [PERSON["mail"]]},
    )
    assert (await acme.rep.ask("GET", f"/contacts?phone={CHANGED['phone']}")).status_code == 200


async def met(acme: Company, customer_id: str, contact_id: str) -> None:
    line = {"customer_id": customer_id, "purpose": "service", "contact_ids": [contact_id]}
    visit = await acme.rep.post("/visits", line)
    await acme.rep.post(f"/visits/{visit['id']}/check-in", {"fix": a_fix(acme)})
    await acme.rep.post(
        f"/visits/{visit['id']}/actions",
        {"action": "interview", "contact_ids": [contact_id], "note": "all is well"},
    )


async def held_for_a_while(acme: Company, contact_id: str) -> None:
    """A change of the contact is held while an earlier one is missing, and then let go."""
    contact = f"/contacts/{contact_id}"
    await acme.rep.patch(contact, {"attitude": 1})
    await acme.rep.patch(contact, {"temperament": "calm-unmistakable", "attitude": 2})
    events = acme.services["customers"].db["events"]
    pending = await events.find({"pending": 1}).sort("seq").to_list()
    assert len(pending) == 2
    await events.update_one({"_id": pending[0]["_id"]}, {"$unset": {"pending": 1}})
    pipeline = acme.services["pipeline"]
    with pytest.raises(AssertionError, match="is held"):
        await acme.carry()
    [held] = await pipeline.db[HELD].find().to_list()
    assert told(repr(held).encode()) == []
    await events.update_one({"_id": pending[0]["_id"]}, {"$set": {"pending": 1}})
    await acme.carry()
    assert await pipeline.db[HELD].find_one() is None


async def test_who_was_erased_is_found_nowhere(acme: Company) -> None:
    customer = await acme.rep.post("/customers", a_customer())
    await acme.carry()
    body = PERSON | {"customer_id": customer["id"]}
    key = {"Idempotency-Key": f"erased-of-{customer['id']}"}
    contact = (await acme.rep.ask("POST", "/contacts", body, **key)).json()
    await acme.rep.post(f"/contacts/{contact['id']}/erase")
    await acme.carry()
    read = await acme.rep.get(f"/contacts/{contact['id']}")
    assert read["is_erased"]
    assert blank(read)
    # The answer given at the time is blank by now as well.
    assert blank((await acme.rep.ask("POST", "/contacts", body, **key)).json())
    found = (await acme.rep.get(f"/contacts?phone={PERSON['phone']}"))["items"]
    assert contact["id"] not in [one["id"] for one in found]
    customers = acme.services["customers"].db
    for collection in ("people", "person_keys"):
        assert await customers[collection].find_one({"_id": contact["id"]}) is None
    # Others know that somebody was erased, and plan nothing more with them.
    line = {"customer_id": customer["id"], "purpose": "service", "contact_ids": [contact["id"]]}
    await acme.rep.refused(400, "/visits", line)


def blank(contact: dict[str, Any]) -> bool:
    return all(contact[name] is None for name in PERSON)
