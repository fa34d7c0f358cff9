"""Visit plans: from fact to contract, field by field under the same names."""

from chassis.events import EventTable
from contracts import field as wire

from field.visit_plans import model

EVENTS: EventTable = {
    model.VisitPlanDrafted: wire.VisitPlanDrafted,
    model.VisitPlanSubmitted: wire.VisitPlanSubmitted,
    model.VisitPlanApproved: wire.VisitPlanApproved,
    model.VisitPlanChanged: wire.VisitPlanChanged,
    model.VisitPlanRejected: wire.VisitPlanRejected,
}
