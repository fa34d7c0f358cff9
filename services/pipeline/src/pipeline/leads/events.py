"""What is published about leads. Of the people behind them nothing is."""

from chassis.events import EventTable
from contracts import pipeline as wire
from contracts.values import CustomerId, LeadId, OpportunityId, StaffId

from pipeline.leads import model


def _company(company: model.Company) -> wire.LeadCompany:
    return wire.LeadCompany(
        name=company.name,
        credit_code=company.credit_code,
        industry=company.industry,
        region=company.region,
        kind=company.kind,
    )


def _referrer(referrer: model.Referrer | None) -> wire.LeadReferrer | None:
    return None if referrer is None else wire.LeadReferrer(kind=referrer.kind, id=referrer.id)


def _requested(
    lead: model.Lead, fact: model.LeadQualificationRequested
) -> wire.LeadQualificationRequested:
    origin = lead.origin_of
    return wire.LeadQualificationRequested(
        lead_id=LeadId(lead.id),
        company=_company(lead.company),
        owner_id=StaffId(lead.owner_id or ""),
        source=origin.source,
        campaign_id=origin.campaign_id,
        referrer=_referrer(origin.referrer),
        is_forced=fact.is_forced,
        forced_reason=fact.forced_reason,
        attempt=fact.attempt,
    )


def _qualified(lead: model.Lead, fact: model.LeadQualified) -> wire.LeadQualified:
    return wire.LeadQualified(
        lead_id=LeadId(lead.id),
        customer_id=CustomerId(fact.customer_id),
        is_new_customer=fact.is_new_customer,
        opportunity_id=OpportunityId(fact.opportunity_id) if fact.opportunity_id else None,
        source=lead.origin_of.source,
        campaign_id=lead.origin_of.campaign_id,
    )


EVENTS: EventTable = {
    model.LeadCaptured: wire.LeadCaptured,
    model.LeadUpdated: wire.LeadUpdated,
    model.LeadAssigned: wire.LeadAssigned,
    model.LeadResponded: wire.LeadResponded,
    model.LeadLapsed: wire.LeadLapsed,
    model.LeadReturned: wire.LeadReturned,
    model.LeadQualificationRequested: _requested,
    model.LeadQualificationRefused: wire.LeadQualificationRefused,
    model.LeadQualified: _qualified,
    model.LeadDisqualified: wire.LeadDisqualified,
    model.LeadReopened: wire.LeadReopened,
    model.LeadPersonErased: wire.LeadPersonErased,
}
