"""What happens when a timer of this service is due: one table from its kind to its handler."""

from chassis.timers import Handler

from pipeline.approvals import commands as approvals
from pipeline.clocks import commands as clocks
from pipeline.contracts import lifecycle as contracts
from pipeline.credit import limits
from pipeline.hand_overs import commands as hand_overs
from pipeline.leads import giving
from pipeline.outcome_reviews import commands as outcome_reviews
from pipeline.payment_milestones import commands as payment_milestones
from pipeline.payments import commands as payments
from pipeline.quotes import commands as quotes
from pipeline.registrations import commands as registrations
from pipeline.tenders import commands as tenders

TIMERS: dict[str, Handler] = {
    approvals.REMINDER: approvals.remind_approver,
    approvals.DEADLINE: approvals.escalate,
    contracts.ENDING: contracts.on_ending,
    contracts.EXPIRY: contracts.on_expiry,
    contracts.WARRANTY_END: contracts.on_warranty_end,
    clocks.RECHECK: clocks.recheck_is_due,
    clocks.JUDGEMENT: clocks.judgement_is_due,
    clocks.WAKE: clocks.waking_is_due,
    clocks.FOLLOW_UP: clocks.follow_up_is_due,
    giving.RESPONSE: giving.lapse_response,
    giving.LEAVER: giving.give_out_of_leaver,
    quotes.EXPIRY: quotes.expire_quote,
    limits.EXPIRY_TIMER: limits.on_expiry,
    payment_milestones.OVERDUE_TIMER: payment_milestones.on_overdue,
    payment_milestones.DATE_TIMER: payment_milestones.on_date,
    payments.MATURITY_TIMER: payments.on_maturity,
    tenders.BOND_DUE: tenders.on_bond_due,
    hand_overs.OVERDUE: hand_overs.on_overdue,
    outcome_reviews.OVERDUE: outcome_reviews.on_overdue,
    registrations.EXPIRY: registrations.lapse_registration,
}
