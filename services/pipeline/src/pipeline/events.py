"""The service's one table from fact to contract, gathered from its aggregates."""

from chassis.events import EventTable
from chassis.files import FileAttached, FileWithdrawn
from contracts import pipeline as wire

from pipeline.agreed_prices.events import EVENTS as AGREED_PRICES
from pipeline.approval_matrices.events import EVENTS as APPROVAL_MATRICES
from pipeline.approvals.events import EVENTS as APPROVALS
from pipeline.cases.events import EVENTS as CASES
from pipeline.clocks.events import EVENTS as CLOCKS
from pipeline.contracts.events import EVENTS as CONTRACTS
from pipeline.cost_inquiries.events import EVENTS as COST_INQUIRIES
from pipeline.credit.events import EVENTS as CREDIT
from pipeline.deal_facts.events import EVENTS as DEAL_FACTS
from pipeline.deductions.events import EVENTS as DEDUCTIONS
from pipeline.entities.events import EVENTS as ENTITIES
from pipeline.follow_ups.events import EVENTS as FOLLOW_UPS
from pipeline.funnel_reviews.events import EVENTS as FUNNEL_REVIEWS
from pipeline.hand_overs.events import EVENTS as HAND_OVERS
from pipeline.invoices.events import EVENTS as INVOICES
from pipeline.lead_assignment.events import EVENTS as LEAD_ASSIGNMENT
from pipeline.lead_forms.events import EVENTS as LEAD_FORMS
from pipeline.leads.events import EVENTS as LEADS
from pipeline.opportunities.events import EVENTS as OPPORTUNITIES
from pipeline.opportunity_teams.events import EVENTS as OPPORTUNITY_TEAMS
from pipeline.orders.events import EVENTS as ORDERS
from pipeline.outcome_reviews.events import EVENTS as OUTCOME_REVIEWS
from pipeline.payment_milestones.events import EVENTS as PAYMENT_MILESTONES
from pipeline.payments.events import EVENTS as PAYMENTS
from pipeline.price_lists.events import EVENTS as PRICE_LISTS
from pipeline.product_lines.events import EVENTS as PRODUCT_LINES
from pipeline.products.events import EVENTS as PRODUCTS
from pipeline.quotes.events import EVENTS as QUOTES
from pipeline.rates.events import EVENTS as RATES
from pipeline.registrations.events import EVENTS as REGISTRATIONS
from pipeline.requirement_changes.events import EVENTS as REQUIREMENT_CHANGES
from pipeline.saved_views.events import EVENTS as SAVED_VIEWS
from pipeline.stage_playbooks.events import EVENTS as STAGE_PLAYBOOKS
from pipeline.stand_ins.events import EVENTS as STAND_INS
from pipeline.statements.events import EVENTS as STATEMENTS
from pipeline.taxes.events import EVENTS as TAXES
from pipeline.templates.events import EVENTS as TEMPLATES
from pipeline.tenders.events import EVENTS as TENDERS

EVENTS: EventTable = {
    FileAttached: wire.FileAttached,
    FileWithdrawn: wire.FileWithdrawn,
    **APPROVAL_MATRICES,
    **APPROVALS,
    **STAND_INS,
    **TEMPLATES,
    **PRODUCTS,
    **PRODUCT_LINES,
    **ENTITIES,
    **TAXES,
    **RATES,
    **COST_INQUIRIES,
    **PRICE_LISTS,
    **AGREED_PRICES,
    **QUOTES,
    **TENDERS,
    **HAND_OVERS,
    **OUTCOME_REVIEWS,
    **OPPORTUNITIES,
    **OPPORTUNITY_TEAMS,
    **DEAL_FACTS,
    **STAGE_PLAYBOOKS,
    **CASES,
    **FOLLOW_UPS,
    **CLOCKS,
    **FUNNEL_REVIEWS,
    **CONTRACTS,
    **REQUIREMENT_CHANGES,
    **ORDERS,
    **PAYMENT_MILESTONES,
    **PAYMENTS,
    **SAVED_VIEWS,
    **LEADS,
    **LEAD_ASSIGNMENT,
    **LEAD_FORMS,
    **CREDIT,
    **DEDUCTIONS,
    **INVOICES,
    **STATEMENTS,
    **REGISTRATIONS,
}
