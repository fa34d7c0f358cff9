"""The one table from fact to contract: what this service publishes."""

from chassis.events import EventTable

from field.calendar.events import EVENTS as CALENDAR
from field.leaves.events import EVENTS as LEAVES
from field.staff.events import EVENTS as STAFF
from field.tasks.events import EVENTS as TASKS
from field.teams.events import EVENTS as TEAMS
from field.visit_plans.events import EVENTS as VISIT_PLANS
from field.visits.events import EVENTS as VISITS

EVENTS: EventTable = {
    **TEAMS,
    **STAFF,
    **VISIT_PLANS,
    **VISITS,
    **CALENDAR,
    **LEAVES,
    **TASKS,
}
