"""Registering a lead's company: once, owned by the lead's owner, unless somebody has it.

The event only sets a timer: whoever else is in the archive is found by queries, under a guard,
and a slice of events shares one unit of work; a timer has its own.
"""

from dataclasses import asdict

from chassis import organisation
from chassis.problems import Refused
from chassis.timers import Timer, set_timer
from chassis.work import Work

from customers.contacts.people import Vault
from customers.from_leads.model import Application, customer_id, refuse
from customers.from_leads.store import REFUSALS
from customers.records.commands import admit
from customers.records.model import Customer, CustomerExists, CustomerKind
from customers.records.store import CUSTOMERS

APPLICATION = "lead_application"


def take_application(work: Work, asked: Application) -> None:
    set_timer(work, APPLICATION, f"{asked.lead_id}:{asked.attempt}", work.now, asked=asdict(asked))


async def register_for_lead(work: Work, timer: Timer) -> None:
    """The company becomes a customer, or it is told why not; either way the lead goes on."""
    asked = Application(**timer.detail["asked"])
    if await work.find(CUSTOMERS, customer_id(asked.lead_id)) is not None:
        return
    stamp = await organisation.stamp(work, asked.owner_id)
    identifier = customer_id(asked.lead_id)
    customer = Customer(
        id=identifier,
        key=identifier,
        owner_id=asked.owner_id,
        team_id=stamp.team_id,
        region=stamp.region,
        name=asked.name,
        credit_code=asked.credit_code,
        kind=CustomerKind(asked.kind),
        industry=asked.industry,
        area=asked.region,
        source=asked.source,
        referrer_id=asked.referrer_id,
        lead_id=asked.lead_id,
        duplicate_reason=asked.forced_reason,
    )
    try:
        await admit(work, Vault(work.db), customer, may_be_forced=asked.forced_reason is not None)
    except CustomerExists as duplicate:
        owner = duplicate.members["owner"]
        work.add(
            REFUSALS,
            refuse(
                asked,
                "duplicate",
                duplicate_of=duplicate.customer_id,
                duplicate_owner_id=owner["id"] if owner else None,
            ),
        )
    except Refused as refusal:
        work.add(REFUSALS, refuse(asked, refusal.slug))
