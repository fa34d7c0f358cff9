"""Members of a deal's team reach its customer's people and places, and nothing else of it."""

from typing import Any

import pytest
from chassis.testkit.running import Client, Running, a_message, take
from contracts import pipeline
from contracts.pipeline import DealTerms, TeamMember
from contracts.values import CustomerId, OpportunityId, StaffId

ADDRESS = {"label": "Plant", "city": "Shanghai", "line": "1 Main Road"}


async def a_customer(client: Client, name: str = "Acme") -> str:
    body = {"name": name, "addresses": [ADDRESS], "progress": "a secret"}
    answer = await client.post("/customers", json=body)
    assert answer.status_code == 201, answer.text
    customer_id: str = answer.json()["id"]
    person = {"customer_id": customer_id, "name": "Wu Min", "phone": "13800138000"}
    assert (await client.post("/contacts", json=person)).status_code == 201
    return customer_id


def shared(customer_id: str, *staff: str) -> pipeline.OpportunityShared:
    members = [TeamMember(staff_id=StaffId(one), role="presales") for one in staff]
    return pipeline.OpportunityShared(
        opportunity_id=OpportunityId("deal"),
        customer_id=CustomerId(customer_id),
        members=members,
        previous_members=[],
        collaborator_ids=[StaffId(one) for one in staff],
    )


def moved(customer_id: str) -> pipeline.OpportunityUpdated:
    terms = DealTerms(name="deal", customer_id=CustomerId(customer_id))
    return pipeline.OpportunityUpdated(
        opportunity_id=OpportunityId("deal"),
        terms=terms,
        previous=DealTerms(name="deal"),
        changed=["customer_id"],
    )


async def tell(running: Running, *events: Any, start: int = 1) -> None:
    told = [a_message(one, subject="deal", sequence=start + n) for n, one in enumerate(events)]
    await take(running, told)


async def card(client: Client, customer_id: str) -> tuple[int, int]:
    whole = await client.get(f"/customers/{customer_id}/card")
    people = await client.get(f"/customers/{customer_id}/card/contacts")
    return whole.status_code, people.status_code


async def test_a_member_reads_the_addresses_and_contacts(
    customers: Running, li: Client, wang: Client
) -> None:
    customer_id = await a_customer(li)
    assert await card(wang, customer_id) == (404, 404)
    await tell(customers, shared(customer_id, "wang"))
    read = (await wang.get(f"/customers/{customer_id}/card")).json()
    assert set(read) == {"id", "name", "addresses"}
    assert read["addresses"][0]["line"] == "1 Main Road"
    [person] = (await wang.get(f"/customers/{customer_id}/card/contacts")).json()["items"]
    assert person["name"] == "Wu Min"
    assert person["phone"] != "13800138000", "a phone number has rights of its own"


@pytest.mark.parametrize(
    "path",
    ["/customers/{}", "/customers", "/customers?q=Acme", "/contacts", "/contacts?customer_id={}"],
)
async def test_a_member_finds_nothing_else_of_that_customer(
    customers: Running, li: Client, wang: Client, path: str
) -> None:
    customer_id = await a_customer(li)
    await tell(customers, shared(customer_id, "wang"))
    answered = await wang.get(path.format(customer_id))
    assert answered.status_code == 404 or answered.json()["items"] == []


async def test_whoever_has_left_the_team_reads_it_no_more(
    customers: Running, li: Client, wang: Client
) -> None:
    customer_id = await a_customer(li)
    await tell(customers, shared(customer_id, "wang"), shared(customer_id))
    assert await card(wang, customer_id) == (404, 404)


async def test_a_deal_that_changes_its_customer_takes_its_team_along(
    customers: Running, li: Client, wang: Client
) -> None:
    before, after = await a_customer(li), await a_customer(li, "Other Ltd")
    await tell(customers, shared(before, "wang"), moved(after))
    assert await card(wang, before) == (404, 404)
    assert await card(wang, after) == (200, 200)


async def test_the_owner_reads_the_card_too_and_somebody_else_does_not(
    customers: Running, li: Client, wang: Client
) -> None:
    customer_id = await a_customer(li)
    await tell(customers, shared(customer_id, "han"))
    assert await card(li, customer_id) == (200, 200)
    assert await card(wang, customer_id) == (404, 404)
