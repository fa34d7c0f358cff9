"""The customers service, as a list of its parts."""

from chassis.clock import Clock
from chassis.consumer import Consumer
from chassis.core import Core
from chassis.http import create_app as create_service
from chassis.imports import INDEXES as IMPORT_INDEXES
from chassis.imports import ImportWorker
from chassis.imports import router as imports_router
from chassis.operations import router as operations
from chassis.relay import Relay
from chassis.timers import INDEXES as TIMER_INDEXES
from chassis.timers import Timers
from chassis.watermarks import Watermarks
from fastapi import FastAPI

from customers import consumers
from customers.contacts import journal, people
from customers.contacts.api import router as contacts
from customers.contacts.store import CONTACTS
from customers.deal_members.api import router as deal_members
from customers.deal_members.store import INDEXES as MEMBER_INDEXES
from customers.due import TIMERS
from customers.events import EVENTS
from customers.from_leads.store import REFUSALS
from customers.records.api import router as records
from customers.records.imports import customers_kind
from customers.records.store import CUSTOMERS
from customers.settings import Settings
from customers.view_parts import router as view_parts


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> FastAPI:
    settings = settings or Settings()
    core = Core(
        settings,
        name="customers",
        stored=[CUSTOMERS, CONTACTS, REFUSALS],
        events=EVENTS,
        indexes={
            **people.INDEXES,
            **journal.INDEXES,
            **MEMBER_INDEXES,
            **IMPORT_INDEXES,
            **TIMER_INDEXES,
        },
        clock=clock,
    )
    kinds = [customers_kind()]
    app = create_service(
        core,
        routers=[records, contacts, deal_members, view_parts, imports_router(kinds), operations],
        parts=[
            Relay(core),
            Watermarks(core),
            Consumer(core, consumers.SUBSCRIPTIONS),
            Timers(core, TIMERS),
            ImportWorker(kinds, core),
            journal.ErasureJournal(core, settings.erasure_journal),
        ],
    )
    given = settings.person_master_key
    app.state.vault = people.Vault(core.db, given.get_secret_value() if given else None)
    return app
