"""What happens when a timer of this service is due: one table from its kind to its handler."""

from chassis.timers import Handler

from pipeline.approvals import commands as approvals
from pipeline.clocks import commands as clocks
from pipeline.leads import giving
from pipeline.quotes import commands as quotes

TIMERS: dict[str, Handler] = {
    approvals.REMINDER: approvals.remind_approver,
    approvals.DEADLINE: approvals.escalate,
    clocks.RECHECK: clocks.recheck_is_due,
    clocks.JUDGEMENT: clocks.judgement_is_due,
    clocks.WAKE: clocks.waking_is_due,
    clocks.FOLLOW_UP: clocks.follow_up_is_due,
    giving.RESPONSE: giving.lapse_response,
    giving.LEAVER: giving.give_out_of_leaver,
    quotes.EXPIRY: quotes.expire_quote,
}
