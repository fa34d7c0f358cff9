"""The pipeline service as a list of parts."""

from typing import Any

from chassis.clock import Clock
from chassis.consumer import Consumer
from chassis.core import Core
from chassis.files import FILES
from chassis.files import router as files_router
from chassis.http import create_app as http_app
from chassis.imports import INDEXES as IMPORT_INDEXES
from chassis.imports import ImportWorker
from chassis.imports import router as imports_router
from chassis.operations import router as operations
from chassis.relay import Relay
from chassis.store import Stored
from chassis.timers import INDEXES as TIMER_INDEXES
from chassis.timers import Timers
from chassis.watermarks import Watermarks
from fastapi import FastAPI

from pipeline import copies
from pipeline.agreed_prices.api import router as agreed_prices
from pipeline.agreed_prices.store import AGREED_PRICES
from pipeline.approval_matrices.api import router as approval_matrices
from pipeline.approval_matrices.store import APPROVAL_MATRICES
from pipeline.approvals.api import router as approvals_router
from pipeline.approvals.store import APPROVALS
from pipeline.approvals.store import INDEXES as APPROVAL_INDEXES
from pipeline.attachments import RECORDS
from pipeline.cases.api import router as cases
from pipeline.cases.store import CASES
from pipeline.clocks.api import router as clocks
from pipeline.clocks.store import INDEXES as CLOCK_INDEXES
from pipeline.clocks.store import REVIEW_POLICIES
from pipeline.consumers import SUBSCRIPTIONS
from pipeline.contracts.api import router as contracts
from pipeline.contracts.store import CONTRACTS
from pipeline.cost_inquiries.api import router as cost_inquiries
from pipeline.cost_inquiries.store import COST_INQUIRIES, INQUIRED_COSTS
from pipeline.credit.api import router as credit
from pipeline.credit.store import INDEXES as CREDIT_INDEXES
from pipeline.credit.store import POLICIES, TEMPORARY_LIMITS
from pipeline.deal_facts.api import router as deal_facts
from pipeline.deal_facts.store import DEAL_FACTS
from pipeline.decisions import DECISIONS
from pipeline.deductions.api import router as deductions
from pipeline.deductions.store import DEDUCTIONS
from pipeline.documents.api import router as documents
from pipeline.documents.store import INDEXES as DOCUMENT_INDEXES
from pipeline.due import TIMERS
from pipeline.entities.api import router as entities
from pipeline.entities.store import SELLING_ENTITIES
from pipeline.events import EVENTS
from pipeline.evidence.store import INDEXES as EVIDENCE_INDEXES
from pipeline.follow_ups.api import router as follow_ups
from pipeline.follow_ups.store import FOLLOW_UPS
from pipeline.funnel.api import operations as funnel_operations
from pipeline.funnel.api import router as funnel
from pipeline.funnel.counting import Counting
from pipeline.funnel.store import INDEXES as FUNNEL_INDEXES
from pipeline.funnel_reviews.api import router as funnel_reviews
from pipeline.funnel_reviews.store import FUNNEL_REVIEWS
from pipeline.funnel_reviews.store import INDEXES as REVIEW_INDEXES
from pipeline.hand_overs.api import router as hand_overs
from pipeline.hand_overs.store import HAND_OVERS
from pipeline.invoices.api import router as invoices
from pipeline.invoices.store import INDEXES as INVOICE_INDEXES
from pipeline.invoices.store import INVOICES
from pipeline.lead_assignment.api import router as lead_assignment
from pipeline.lead_assignment.store import INDEXES as LEAD_ASSIGNMENT_INDEXES
from pipeline.lead_assignment.store import POLICIES as LEAD_POLICIES
from pipeline.lead_assignment.store import RULES as LEAD_RULES
from pipeline.lead_forms.api import router as lead_forms
from pipeline.lead_forms.store import INDEXES as LEAD_FORM_INDEXES
from pipeline.lead_forms.store import LEAD_FORMS
from pipeline.leads.api import router as leads
from pipeline.leads.imports import LEAD_FILES
from pipeline.leads.store import INDEXES as LEAD_INDEXES
from pipeline.leads.store import LEADS
from pipeline.opportunities.api import router as opportunities
from pipeline.opportunities.imports import OPPORTUNITY_FILES
from pipeline.opportunities.store import GATE_REFUSALS, OPPORTUNITIES
from pipeline.opportunity_teams.api import router as opportunity_teams
from pipeline.opportunity_teams.store import OPPORTUNITY_TEAMS
from pipeline.orders.api import router as orders
from pipeline.orders.store import ORDERS
from pipeline.outcome_reviews.api import router as outcome_reviews
from pipeline.outcome_reviews.store import OUTCOME_REVIEWS
from pipeline.payment_milestones.api import router as payment_milestones
from pipeline.payment_milestones.store import PAYMENT_MILESTONES
from pipeline.payments.api import router as payments
from pipeline.payments.store import PAYMENTS
from pipeline.price_lists.api import router as price_lists
from pipeline.price_lists.store import PRICE_LISTS
from pipeline.product_lines.api import router as product_lines
from pipeline.product_lines.store import PRODUCT_LINES
from pipeline.products.api import router as products
from pipeline.products.imports import PRODUCT_FILES
from pipeline.products.store import PRODUCT_COSTS, PRODUCT_FLOORS, PRODUCTS
from pipeline.quotes.api import router as quotes
from pipeline.quotes.store import QUOTES
from pipeline.rates.api import router as rates
from pipeline.rates.store import EXCHANGE_RATES
from pipeline.reactions import REACTIONS
from pipeline.registrations.api import router as registrations
from pipeline.registrations.store import POLICIES as REGISTRATION_POLICIES
from pipeline.registrations.store import REGISTRATIONS
from pipeline.requirement_changes.api import router as requirement_changes
from pipeline.requirement_changes.store import REQUIREMENT_CHANGES
from pipeline.saved_views.api import router as saved_views
from pipeline.saved_views.store import SAVED_VIEWS
from pipeline.settings import Settings
from pipeline.stage_playbooks.api import router as stage_playbooks
from pipeline.stage_playbooks.store import PLAYBOOK_PROGRESS, STAGE_PLAYBOOKS
from pipeline.stand_ins.api import router as stand_ins
from pipeline.stand_ins.store import STAND_INS
from pipeline.statements.api import router as statements
from pipeline.statements.store import INDEXES as STATEMENT_INDEXES
from pipeline.statements.store import STATEMENTS
from pipeline.taxes.api import router as taxes
from pipeline.taxes.store import TAX_RATES
from pipeline.templates.api import router as templates
from pipeline.templates.publishing import TemplatesPublished
from pipeline.templates.store import PROCESS_TEMPLATES
from pipeline.tenders.api import router as tenders
from pipeline.tenders.store import TENDERS
from pipeline.view_parts import router as view_parts

STORED: list[Stored[Any]] = [
    FILES,
    APPROVAL_MATRICES,
    APPROVALS,
    STAND_INS,
    PROCESS_TEMPLATES,
    STAGE_PLAYBOOKS,
    CASES,
    PRODUCTS,
    PRODUCT_LINES,
    PRODUCT_FLOORS,
    PRODUCT_COSTS,
    SELLING_ENTITIES,
    TAX_RATES,
    EXCHANGE_RATES,
    COST_INQUIRIES,
    INQUIRED_COSTS,
    PRICE_LISTS,
    AGREED_PRICES,
    QUOTES,
    TENDERS,
    HAND_OVERS,
    OUTCOME_REVIEWS,
    OPPORTUNITIES,
    GATE_REFUSALS,
    OPPORTUNITY_TEAMS,
    DEAL_FACTS,
    PLAYBOOK_PROGRESS,
    FOLLOW_UPS,
    FUNNEL_REVIEWS,
    REVIEW_POLICIES,
    CONTRACTS,
    REQUIREMENT_CHANGES,
    ORDERS,
    PAYMENT_MILESTONES,
    PAYMENTS,
    SAVED_VIEWS,
    LEADS,
    LEAD_RULES,
    LEAD_POLICIES,
    LEAD_FORMS,
    TEMPORARY_LIMITS,
    DEDUCTIONS,
    INVOICES,
    STATEMENTS,
    POLICIES,
    REGISTRATIONS,
    REGISTRATION_POLICIES,
]
IMPORTS = [PRODUCT_FILES, OPPORTUNITY_FILES, LEAD_FILES]


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> FastAPI:
    settings = settings or Settings()
    core = Core(
        settings,
        name="pipeline",
        stored=STORED,
        events=EVENTS,
        indexes={
            **copies.INDEXES,
            **APPROVAL_INDEXES,
            **CLOCK_INDEXES,
            **CREDIT_INDEXES,
            **DOCUMENT_INDEXES,
            **EVIDENCE_INDEXES,
            **FUNNEL_INDEXES,
            **IMPORT_INDEXES,
            **LEAD_INDEXES,
            **LEAD_ASSIGNMENT_INDEXES,
            **LEAD_FORM_INDEXES,
            **INVOICE_INDEXES,
            **STATEMENT_INDEXES,
            **REVIEW_INDEXES,
            **TIMER_INDEXES,
        },
        reactions=REACTIONS,
        clock=clock,
    )
    return http_app(
        core,
        routers=[
            templates,
            products,
            product_lines,
            entities,
            taxes,
            rates,
            cost_inquiries,
            price_lists,
            agreed_prices,
            quotes,
            documents,
            tenders,
            hand_overs,
            outcome_reviews,
            funnel,  # before the deals: a board is not a deal's id
            clocks,  # before the follow-ups: what is missing is not a follow-up's id
            opportunities,
            opportunity_teams,
            deal_facts,
            stage_playbooks,
            cases,
            follow_ups,
            funnel_reviews,
            contracts,
            requirement_changes,
            orders,
            payment_milestones,
            payments,
            approval_matrices,
            approvals_router(DECISIONS),
            stand_ins,
            saved_views,
            leads,
            lead_assignment,
            lead_forms,
            credit,
            deductions,
            invoices,
            statements,
            registrations,
            view_parts,
            files_router(RECORDS),
            imports_router(IMPORTS),
            operations,
            funnel_operations,
        ],
        parts=[
            TemplatesPublished(core),
            Relay(core),
            Watermarks(core),
            Consumer(core, SUBSCRIPTIONS),
            Timers(core, TIMERS),
            Counting(core),
            ImportWorker(IMPORTS, core),
        ],
        title="Tianlong pipeline",
    )
