"""Files of customers and deals: names given here are known everywhere, and nothing comes twice."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from chassis.clock import VirtualClock
from chassis.testkit import published

from tests.flows.company import Body, Company, company
from tests.flows.delivery import Shuffled
from tests.flows.waiting import eventually

CUSTOMERS = """account,sector,parent,agent
Bluth Company,real estate,Acme Corporation,Rep
Acme Corporation,technolgy,,7
Codehow,software,,Nobody Known
""".encode("gb18030")
DEALS = b"""id,account,agent,product,stage,engaged,closed,value
D1,Bluth Company,Rep,GTX,Won,2025-01-10,2025-02-10,1200
D2,Acme Corporation,Colleague,GTX,Engaging,2025-03-01,,
D3,,Rep,GTX,Prospecting,,,
"""
MAPPINGS: dict[str, Body] = {
    "customers": {
        "name": "accounts",
        "kind": "customers",
        "columns": {
            "account": "name",
            "sector": "industry",
            "parent": "group_parent",
            "agent": "owner",
        },
        "values": {"industry": {"technolgy": "technology"}},
        "history": True,
        "external_source": "crm",
    },
    "opportunities": {
        "name": "deals",
        "kind": "opportunities",
        "columns": {
            "id": "external_id",
            "account": "customer",
            "agent": "owner",
            "product": "product",
            "stage": "stage",
            "engaged": "opened_on",
            "closed": "closed_on",
            "value": "amount",
        },
        "history": True,
        "external_source": "crm",
    },
}
OWNERS = {"customers": "customers", "opportunities": "pipeline"}


@pytest.fixture
async def importing(mongodb_uri: str, clock: VirtualClock) -> AsyncIterator[Company]:
    """A company whose services also carry out what was uploaded."""
    working = frozenset({"api", "worker"})
    async with company(mongodb_uri, clock, Shuffled(5), roles=working) as built:
        colleague = await built.admin.get(f"/staff/{built.colleague.id}")
        assert colleague["name"] == "Colleague"
        for kind, mapping in MAPPINGS.items():
            async with built.services[OWNERS[kind]].as_(None, "admin", sub="admin") as client:
                answer = await client.post("/import-mappings", json=mapping)
                assert answer.status_code == 201, answer.text
        await built.admin.post("/products", {"name": "GTX", "code": "GTX"})
        await built.settle()
        yield built


async def imported(acme: Company, kind: str, content: bytes) -> Body:
    """The finished job of a file."""
    async with acme.services[OWNERS[kind]].as_(None, "admin", sub="admin") as client:
        answer = await client.post(
            f"/imports?kind={kind}",
            files={"file": ("file.csv", content, "text/csv")},
            data={"mapping": MAPPINGS[kind]["name"]},
        )
        assert answer.status_code == 201, answer.text
        path = answer.headers["Location"].removeprefix("/api/v1")

        async def finished() -> Body | None:
            job: Body = (await client.get(path)).json()
            return job if job["status"] in {"done", "failed"} else None

        job = await eventually(finished)
    await acme.carry()
    return job


def by_name(items: list[Body]) -> dict[str, Any]:
    return {one["name"]: one for one in items}


async def test_a_file_of_customers_is_known_to_pipeline_and_field(importing: Company) -> None:
    job = await imported(importing, "customers", CUSTOMERS)
    assert (job["created"], job["failed"], job["warning_count"]) == (3, 0, 2)

    customers = by_name((await importing.director.get("/customers"))["items"])
    assert customers["Acme Corporation"]["industry"] == "technology"
    assert customers["Bluth Company"]["group_parent_id"] == customers["Acme Corporation"]["id"]
    assert customers["Bluth Company"]["owner_id"] == importing.rep.id
    assert customers["Codehow"]["owner_id"] is None
    bluth = customers["Bluth Company"]["id"]

    # In the pipeline deals can name it, in the field it can be visited; by its name.
    deal = await importing.rep.post("/opportunities", {"name": "A", "customer_id": bluth})
    assert deal["customer_id"] == bluth
    line = {"customer_id": bluth, "purpose": "service"}
    plan = await importing.rep.post("/visit-plans", {"on": "2026-03-03", "customers": [line]})
    assert plan["customers"][0]["customer_name"] == "Bluth Company"
    assert plan["staff_name"] == "Rep"


async def test_a_file_of_deals_finds_customers_and_owners_by_name(importing: Company) -> None:
    await imported(importing, "customers", CUSTOMERS)
    job = await imported(importing, "opportunities", DEALS)
    assert (job["created"], job["failed"], job["warning_count"]) == (3, 0, 1)
    customers = by_name((await importing.director.get("/customers"))["items"])
    deals = {
        one["external_id"]: one for one in (await importing.director.get("/opportunities"))["items"]
    }
    assert deals["D1"]["customer_id"] == customers["Bluth Company"]["id"]
    assert (deals["D1"]["status"], deals["D1"]["won_amount"]["amount"]) == ("won", "1200.00")
    assert (deals["D1"]["opened_on"], deals["D1"]["closed_on"]) == ("2025-01-10", "2025-02-10")
    assert deals["D1"]["owner_id"] == importing.rep.id
    assert deals["D2"]["owner_id"] == importing.colleague.id
    assert deals["D3"]["customer_id"] is None
    # What was won in history was ordered, delivered and paid then.
    [order] = (await importing.rep.get("/orders"))["items"]
    assert (order["status"], order["delivered_on"]) == ("delivered", "2025-02-10")
    assert order["origin"] == "import"
    [payment] = (await importing.rep.get("/payments"))["items"]
    assert (payment["amount"]["amount"], payment["received_on"]) == ("1200.00", "2025-02-10")
    # A customer with orders is a customer that bought, whoever hears of it in what order.
    bluth = await importing.rep.get(f"/customers/{deals['D1']['customer_id']}")
    assert bluth["status"] == "won"


async def test_the_same_files_again_change_nothing(importing: Company) -> None:
    await imported(importing, "customers", CUSTOMERS)
    await imported(importing, "opportunities", DEALS)
    importing.clock.advance(timedelta(days=3))
    async with (
        published(importing.services["customers"].db) as customers,
        published(importing.services["pipeline"].db) as deals,
    ):
        again = await imported(importing, "customers", CUSTOMERS)
        assert (again["unchanged"], again["created"], again["updated"]) == (3, 0, 0)
        again = await imported(importing, "opportunities", DEALS)
        assert (again["unchanged"], again["created"], again["updated"]) == (3, 0, 0)
    assert customers.types + deals.types == []
