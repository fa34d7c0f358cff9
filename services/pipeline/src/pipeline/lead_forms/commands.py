"""What can be done with public forms; and what is done with what they send in."""

from typing import Any

from chassis.ids import new_id, stable_id
from chassis.problems import NotFound
from chassis.work import Work

from pipeline.lead_forms.model import LeadForm, Terms, open_form
from pipeline.lead_forms.store import LEAD_FORMS, TAKEN, TRAPPED, begin_counting, count
from pipeline.leads.commands import NewLead, capture_lead
from pipeline.leads.model import Company, Origin
from pipeline.leads.store import LEADS, Person

Given = dict[str, str]


async def open_lead_form(work: Work, terms: Terms) -> LeadForm:
    await work.scope("lead-forms:write")
    form = work.add(LEAD_FORMS, open_form(terms, new_id()))
    begin_counting(work, form.id)
    return form


async def change_lead_form(work: Work, form_id: str, changes: dict[str, Any]) -> LeadForm:
    await work.scope("lead-forms:write")
    form = await work.load(LEAD_FORMS, form_id)
    form.change(changes)
    return form


async def close_lead_form(work: Work, form_id: str) -> LeadForm:
    await work.scope("lead-forms:write")
    form = await work.load(LEAD_FORMS, form_id)
    form.close()
    return form


async def spring_trap(work: Work, form_id: str) -> None:
    """A machine filled it in: nothing is taken, and it is counted."""
    count(work, form_id, TRAPPED)


async def take_submission(work: Work, form_id: str, given: Given, key: str | None) -> None:
    """A lead of the form; the same `key` gives no second one.

    Raises:
        NotFound: there is no such form, or it is closed.
    """
    form = await work.find(LEAD_FORMS, form_id)
    if form is None or form.is_closed:
        raise NotFound("lead_form", form_id)
    identifier = stable_id("lead", "form", form_id, key) if key else new_id()
    if await work.find(LEADS, identifier) is not None:
        return
    terms = form.terms
    lead = NewLead(
        company=Company(
            name=given["company"], industry=given.get("industry"), region=given.get("region")
        ),
        origin=Origin(
            channel="form", source=terms.source, campaign_id=terms.campaign_id, form_id=form_id
        ),
        person=Person(
            name=given.get("contact_name"),
            title=given.get("title"),
            phone=given.get("phone"),
            mail=given.get("mail"),
            wechat=given.get("wechat"),
        ),
        temperature=terms.temperature,
        product_line=terms.product_line,
        need=given.get("need"),
    )
    # Whoever fills in a form twice is told nothing about the first time: the lead is marked, and
    # goes to whoever has that one.
    await capture_lead(work, lead, identifier=identifier, refuses_duplicates=False)
    count(work, form_id, TAKEN)
