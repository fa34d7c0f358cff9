"""What happens when a timer of this service is due: one table from its kind to its handler."""

from chassis.timers import Handler

from pipeline.approvals import commands as approvals

TIMERS: dict[str, Handler] = {
    approvals.REMINDER: approvals.remind_approver,
    approvals.DEADLINE: approvals.escalate,
}
