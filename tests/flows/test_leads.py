"""A lead becomes a customer of the archive, or learns whose it is: two services, one command."""

import asyncio
import uuid

from chassis.timers import Timers
from customers.due import TIMERS

from tests.flows.company import Body, Company, yuan


async def answered(acme: Company) -> None:
    """The archive has heard of what leads ask for, decided, and was heard."""
    await acme.carry()
    await Timers(acme.services["customers"].core, TIMERS).fire_due()
    await acme.carry()


async def a_lead(acme: Company, name: str) -> str:
    contact = {"name": "Wang Wei", "phone": "+86 139 1234 5678"}
    body = {"company": {"name": name, "industry": "pumps"}, "contact": contact}
    lead = await acme.rep.post("/leads", body | {"owner_id": acme.rep.id} | APART)
    assert lead["status"] == "assigned"
    return f"/leads/{lead['id']}"


def a_name() -> str:
    return f"{uuid.uuid4().hex} pumps"


APART: Body = {"force": True, "reason": "the same person asks for many"}
WISH: Body = {"opportunity": {"name": "Ten pumps", "amount": yuan(90_000)}}


async def test_a_new_customer_is_pending_until_the_archive_has_it(acme: Company) -> None:
    lead = await a_lead(acme, name := a_name())
    waiting = await acme.rep.post(f"{lead}/qualify", WISH)
    assert (waiting["status"], waiting["is_pending"]) == ("qualifying", True)
    assert (waiting["customer_id"], waiting["opportunity_id"]) == (None, None)
    refusal = await acme.rep.refused(409, f"{lead}/disqualify", {"reason": "no"})
    assert refusal["type"] == "/problems/lead-waiting"

    await answered(acme)
    done = await acme.rep.get(lead)
    assert (done["status"], done["is_pending"]) == ("qualified", False)
    customer = await acme.rep.get(f"/customers/{done['customer_id']}")
    assert (customer["name"], customer["owner_id"]) == (name, acme.rep.id)
    deal = await acme.rep.get(f"/opportunities/{done['opportunity_id']}")
    assert (deal["name"], deal["customer_id"]) == ("Ten pumps", done["customer_id"])


async def test_the_person_is_brought_by_the_users_client(acme: Company) -> None:
    lead = await a_lead(acme, a_name())
    await acme.rep.post(f"{lead}/qualify", {})
    await answered(acme)
    card = await acme.rep.get(f"{lead}/contact-card")
    given = {name: value for name, value in card.items() if value is not None}
    contact = await acme.rep.post("/contacts", given)
    assert contact["phone"] == "+86 139 1234 5678"
    assert (await acme.rep.post(f"{lead}/erase"))["contact"]["phone"] is None


async def test_a_duplicate_is_refused_and_everything_is_as_before(acme: Company) -> None:
    known = await acme.stranger.post("/customers", {"name": (name := a_name())})
    lead = await a_lead(acme, f"{name} Ltd.")
    await acme.rep.post(f"{lead}/qualify", WISH)
    await answered(acme)
    shown = await acme.rep.get(lead)
    assert (shown["status"], shown["customer_id"], shown["opportunity_id"]) == (
        "refused",
        None,
        None,
    )
    assert shown["owner_id"] == acme.rep.id
    assert shown["refusal"]["owner"] == {"id": acme.stranger.id, "name": "Stranger"}

    qualified = await acme.rep.post(f"{lead}/qualify", {"into_duplicate": True} | WISH)
    assert (qualified["status"], qualified["customer_id"]) == ("qualified", known["id"])


async def test_a_refused_lead_can_be_asked_for_again_or_given_up(acme: Company) -> None:
    await acme.stranger.post("/customers", {"name": (name := a_name())})
    lead = await a_lead(acme, name)
    for _ in range(2):
        await acme.rep.post(f"{lead}/qualify", WISH)
        await answered(acme)
        assert (await acme.rep.get(lead))["status"] == "refused"
    given_up = await acme.rep.post(f"{lead}/disqualify", {"reason": "is a customer already"})
    assert given_up["status"] == "disqualified"


async def test_of_two_leads_of_one_company_one_becomes_the_customer(acme: Company) -> None:
    name = a_name()
    one, other = await a_lead(acme, name), await a_lead(acme, name)
    await asyncio.gather(
        acme.rep.post(f"{one}/qualify", WISH), acme.rep.post(f"{other}/qualify", WISH)
    )
    await answered(acme)
    shown = [await acme.rep.get(one), await acme.rep.get(other)]
    assert sorted(lead["status"] for lead in shown) == ["qualified", "refused"]
    winner = next(lead for lead in shown if lead["status"] == "qualified")
    loser = next(lead for lead in shown if lead["status"] == "refused")
    assert loser["refusal"]["customer_id"] == winner["customer_id"]
