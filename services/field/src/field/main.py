"""The field service, as a list of its parts."""

from chassis.clock import Clock
from chassis.consumer import Consumer
from chassis.core import Core
from chassis.http import create_app as create_service
from chassis.imports import INDEXES as IMPORT_INDEXES
from chassis.imports import ImportWorker
from chassis.imports import router as imports_router
from chassis.operations import router as operations
from chassis.relay import Relay
from chassis.watermarks import Watermarks
from fastapi import FastAPI

from field import consumers
from field.calendar.api import router as working_calendar
from field.calendar.store import CALENDARS
from field.events import EVENTS
from field.leaves.api import router as leaves
from field.leaves.store import LEAVES
from field.settings import Settings
from field.staff.api import router as staff
from field.staff.imports import staff_kind
from field.staff.store import STAFF
from field.tasks.api import router as tasks
from field.tasks.store import TASKS
from field.teams.api import router as teams
from field.teams.store import TEAMS
from field.view_parts import router as view_parts
from field.visit_plans.api import router as visit_plans
from field.visit_plans.store import VISIT_PLANS
from field.visits.api import router as visits
from field.visits.closing import DayClosing
from field.visits.store import VISITS


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> FastAPI:
    settings = settings or Settings()
    core = Core(
        settings,
        name="field",
        stored=[TEAMS, STAFF, VISIT_PLANS, VISITS, CALENDARS, LEAVES, TASKS],
        events=EVENTS,
        indexes=IMPORT_INDEXES,
        clock=clock,
    )
    kinds = [staff_kind(settings.company_name)]
    app = create_service(
        core,
        routers=[
            teams,
            staff,
            visit_plans,
            visits,
            working_calendar,
            leaves,
            tasks,
            view_parts,
            imports_router(kinds),
            operations,
        ],
        parts=[
            Relay(core),
            Watermarks(core),
            Consumer(core, consumers.SUBSCRIPTIONS),
            ImportWorker(kinds, core),
            DayClosing(core.commits, settings, settings.policy),
        ],
    )
    app.state.policy = settings.policy
    return app
