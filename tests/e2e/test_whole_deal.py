"""One whole deal on the project process, ① to the last payment, as those who work on it do it.

Eight people in eight roles, through the gateway, with nothing but HTTP. Each gate is tried once
before its evidence is there, and says what is missing. `docs/guides/whole-deal.md` tells the same
story.
"""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.deal import Body, Deal, a_colleague, now, seen_by, today, yuan
from tests.e2e.suite import Suite, eventually

PLANT = {"latitude": 31.2304, "longitude": 121.4737, "datum": "WGS-84"}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
NET, GROSS = "1500000.00", "1695000.00"
ADVANCE, REST = "508500.00", "1186500.00"


@pytest.fixture
def deal(suite: Suite) -> Deal:
    return Deal(
        rep=suite.person("darcel.schlecht"),
        supervisor=suite.person("melvin.marxen"),
        director=suite.person("sales.director"),
        consultant=a_colleague(suite, "consultant"),
        commercial=a_colleague(suite, "commercial"),
        finance=a_colleague(suite, "finance"),
        legal=a_colleague(suite, "legal"),
        delivery=a_colleague(suite, "delivery"),
    )


def test_a_deal_goes_from_the_first_appointment_to_the_last_payment(deal: Deal) -> None:
    a_customer_with_a_need(deal)
    planning_to_survey(deal)
    survey_to_first_proposal(deal)
    first_proposal_to_demonstration(deal)
    demonstration_to_formal_design(deal)
    formal_design_to_evaluation(deal)
    evaluation_to_negotiation(deal)
    negotiation_to_signing(deal)
    signed_and_won(deal)
    handed_over(deal)
    delivered_and_paid(deal)
    reviewed(deal)
    seen_by_everybody(deal)


def a_customer_with_a_need(deal: Deal) -> None:
    place = {"label": "plant", "city": "Shanghai", "position": PLANT}
    customer = deal.rep.try_post("/customers", {"name": uuid.uuid4().hex, "addresses": [place]})
    assert customer.status_code == 201, customer.text
    deal.customer = customer.json()["id"]
    body = {
        "customer_id": deal.customer,
        "name": "Lucille Bluth",
        "buying_role": "decision_maker",
    }
    contact = deal.rep.try_post("/contacts", body)
    assert contact.status_code == 201, contact.text
    deal.contact = contact.json()["id"]
    seen_by(deal.rep, contact, "/opportunities", "/visits")
    opened = deal.rep.post(
        "/opportunities",
        {
            "name": "Second packing line",
            "customer_id": deal.customer,
            "amount": yuan(NET),
            "template": "project",
        },
    )
    deal.id = opened["id"]
    assert opened["stage"]["code"] == "planning"


def planning_to_survey(deal: Deal) -> None:
    """① An appointment, and a visit plan that the supervisor approves."""
    assert deal.missing() == {"appointment", "approved_plan"}
    line = {
        "customer_id": deal.customer,
        "purpose": "new_development",
        "times": {"starts_at": now()},
        "opportunity_ids": [deal.id],
        "contact_ids": [deal.contact],
    }
    plan = deal.rep.post("/visit-plans", {"on": today(), "customers": [line]})
    submitted = deal.rep.post(f"/visit-plans/{plan['id']}/submit")
    eventually(lambda: deal.missing() == {"approved_plan"})
    assert deal.rep.try_post(f"/visit-plans/{plan['id']}/approve").status_code == 403
    deal.supervisor.post(f"/visit-plans/{plan['id']}/approve")
    deal.papers["visit"] = submitted["customers"][0]["visit_id"]
    deal.move_to(2)


def survey_to_first_proposal(deal: Deal) -> None:
    """② A survey on the spot: budget, date and way of purchase."""
    assert deal.missing() == {"first_survey"}
    visit = f"/visits/{deal.papers['visit']}"
    assert checked_in(deal, visit)["check_in"]["plan_status"] == "approved"
    survey = {
        "budget_range": "1-2 million",
        "purchase_on": (datetime.now(UTC) + timedelta(days=200)).date().isoformat(),
        "purchase_method": "tender",
    }
    deal.rep.post(
        f"{visit}/actions", {"action": "survey", "contact_ids": [deal.contact], "survey": survey}
    )
    deal.rep.post(f"{visit}/check-out", {"outcome": "they want a first proposal"})
    deal.move_to(3)


def first_proposal_to_demonstration(deal: Deal) -> None:
    """③ A proposal, sent to somebody. From here on the buyer has to keep up."""
    assert deal.missing() == {"proposal"}
    file = deal.rep.attach(f"opportunity:{deal.id}", "proposal.pdf", PDF, "application/pdf")
    proposal = {"title": "One line, two shifts", "contact_ids": [deal.contact], "file_id": file}
    deal.rep.post(f"{deal.path}/record-proposal", proposal)
    refused = deal.rep.try_post(f"{deal.path}/advance").json()
    assert [one["milestone"] for one in refused["missing"]] == ["buyer_stage"]
    deal.buyer_is_at(3, "the project is approved, four of us buy")
    deal.move_to(4)


def demonstration_to_formal_design(deal: Deal) -> None:
    """④ A demonstration with the attendees' stance; the bid review up to the second superior."""
    assert deal.missing() == {"demonstration", "bid_review"}
    line = {
        "customer_id": deal.customer,
        "purpose": "new_development",
        "opportunity_ids": [deal.id],
        "contact_ids": [deal.contact],
    }
    visit = f"/visits/{deal.rep.post('/visits', line)['id']}"
    checked_in(deal, visit)
    shown = {"action": "demonstration", "attendees": [{"contact_id": deal.contact, "stance": 1}]}
    deal.rep.post(f"{visit}/actions", shown)
    deal.rep.post(f"{visit}/check-out", {"outcome": "liked the changeover"})
    eventually(lambda: deal.missing() == {"bid_review"})
    deal.review("bid_review", deal.supervisor, deal.director)
    deal.buyer_is_at(4, "these are the criteria")
    deal.move_to(5)


def formal_design_to_evaluation(deal: Deal) -> None:
    """⑤ The need in words, feasibility by a consultant, a bid that was approved and handed in."""
    assert deal.missing() == {"needs", "feasibility", "formal_offer"}
    deal.rep.patch(deal.path, {"need": "60 cartons a minute, changeover in ten minutes"})

    judged = {"text": "reached with the standard feeder"}
    assert deal.rep.try_post(f"{deal.path}/confirm-feasibility", judged).status_code == 403
    assert deal.consultant.try_post(f"{deal.path}/confirm-feasibility", judged).status_code == 404
    a_team(deal)
    deal.consultant.post(f"{deal.path}/confirm-feasibility", judged)
    assert deal.missing() == {"formal_offer"}

    quote = offered(deal)
    bid = {"amount": yuan(GROSS), "quote_id": quote}
    tender = deal.rep.post(
        "/tenders",
        {"opportunity_id": deal.id, "number": "ZB-17", "title": "Packing line", "bid": bid},
    )
    path = f"/tenders/{tender['id']}"
    assert deal.commercial.try_post(f"{path}/hand-in").status_code == 409
    deal.rep.post(f"{path}/submit")
    deal.approved_by("bid", tender["id"], deal.supervisor, deal.director)
    deal.commercial.post(f"{path}/hand-in")
    deal.papers |= {"quote": quote, "tender": tender["id"]}
    deal.buyer_is_at(5, "the tender is out")
    deal.move_to(6)


def a_team(deal: Deal) -> None:
    """Whoever has the role is asked; taking the seat opens the deal, and only the deal."""
    wanted = {
        "consultant": deal.consultant,
        "commercial": deal.commercial,
        "finance": deal.finance,
        "legal": deal.legal,
        "delivery": deal.delivery,
    }
    for role, person in wanted.items():
        seat = deal.rep.post(f"{deal.path}/request-member", {"role": role})
        assert person.http.get(deal.path).status_code == 404
        asked = {one["opportunity_id"] for one in person.get("/team-requests")["items"]}
        assert deal.id in asked
        person.post(f"{deal.path}/team/{seat['id']}/accept")
        assert person.get(deal.path)["id"] == deal.id


def offered(deal: Deal) -> str:
    """A quote that the supervisor approved, sent."""
    line = {"name": "Packing line PL-60", "unit_price": NET, "tax_rate": "0.13", "is_taxed": False}
    quote = deal.rep.post("/quotes", {"opportunity_id": deal.id, "lines": [line]})
    path = f"/quotes/{quote['id']}"
    assert deal.rep.try_post(f"{path}/send").status_code == 409
    deal.rep.post(f"{path}/submit")
    deal.approved_by("quote", quote["id"], deal.supervisor)
    assert deal.rep.post(f"{path}/send")["status"] == "sent"
    return str(quote["id"])


def evaluation_to_negotiation(deal: Deal) -> None:
    """⑥ Shortlisted by the buyer; evaluated by ourselves."""
    assert deal.missing() == {"shortlist", "internal_evaluation"}
    deal.rep.post(f"/tenders/{deal.papers['tender']}/shortlist")
    assert deal.missing() == {"internal_evaluation"}
    evaluation = {
        "margin": "0.31",
        "risk": "low",
        "risks": "the hall is ready late",
        "resources": "two fitters for three weeks",
    }
    deal.review("evaluation", deal.supervisor, deal.finance, deal.director, evaluation=evaluation)
    deal.buyer_is_at(6, "you are our first choice")
    deal.move_to(7)


def negotiation_to_signing(deal: Deal) -> None:
    """⑦ Terms agreed, finance's and legal's consent, the contract approved and sent."""
    assert deal.missing() == {"terms", "finance_consent", "legal_consent", "contract"}
    terms = {"contact_ids": [deal.contact], "text": "30 % at signing, the rest on acceptance"}
    deal.rep.post(f"{deal.path}/agree-terms", terms)
    deal.review("finance_consent", deal.finance)
    deal.review("legal_consent", deal.legal)
    assert deal.missing() == {"contract"}

    deal.rep.post(f"/tenders/{deal.papers['tender']}/decide", {"result": "won"})
    deal.rep.post(f"/quotes/{deal.papers['quote']}/accept")
    contract = deal.rep.post(
        "/contracts",
        {
            "quote_id": deal.papers["quote"],
            "title": "Packing line PL-60",
            "milestones": [
                {"name": "Advance payment", "share": "30", "trigger": "signing"},
                {"name": "On acceptance", "share": "70", "trigger": "acceptance", "days": 30},
            ],
        },
    )
    assert contract["gross"]["amount"] == GROSS
    deal.papers["contract"] = contract["id"]
    path = f"/contracts/{contract['id']}"
    deal.rep.post(f"{path}/submit")
    deal.approved_by("contract", contract["id"], deal.supervisor, deal.commercial, deal.legal)
    deal.commercial.post(f"{path}/send")
    deal.buyer_is_at(7, "let us talk about the terms")
    deal.move_to(8)


def signed_and_won(deal: Deal) -> None:
    """⑧ Both seals with the scan, the advance payment: only now it can be won."""
    assert deal.missing("win") == {"sealed_contract", "advance_payment"}
    contract = deal.papers["contract"]
    path = f"/contracts/{contract}"
    assert deal.commercial.try_post(f"{path}/seal", {"party": "us"}).status_code == 409
    deal.rep.post(f"{path}/request-seal")
    deal.approved_by("seal", contract, deal.supervisor, deal.legal)
    deal.legal.post(f"{path}/seal", {"party": "us"})
    assert deal.commercial.try_post(f"{path}/seal", {"party": "customer"}).status_code == 400
    scan = deal.commercial.attach(f"contract:{contract}", "sealed.pdf", PDF, "application/pdf")
    sealed = deal.commercial.post(f"{path}/seal", {"party": "customer", "file_id": scan})
    assert sealed["status"] == "sealed"

    assert deal.missing("win") == {"advance_payment"}
    money = {"contract_id": contract, "amount": yuan(ADVANCE)}
    payment = deal.finance.post("/payments", money)
    assert payment["unallocated"]["amount"] == "0.00"
    shares = [
        {"staff_id": deal.rep.staff_id, "percent": "80"},
        {"staff_id": deal.consultant.staff_id, "percent": "20"},
    ]
    deal.rep.post(f"{deal.path}/agree-credit", {"shares": shares})
    won = deal.rep.post(f"{deal.path}/win")
    assert (won["status"], won["won_amount"]["amount"]) == ("won", NET)


def handed_over(deal: Deal) -> None:
    """Sales tells what there is to tell; delivery takes it, or gives it back."""
    path = f"/hand-overs/{deal.id}"
    assert deal.rep.try_post(f"{path}/submit").status_code == 400
    items = [
        {"code": "contract", "text": "sealed, see its scan"},
        {"code": "technical_agreement", "text": "as in the proposal"},
        {"code": "promises", "not_applicable": "none beside the contract"},
        {"code": "risks", "text": "the hall is ready late"},
        {"code": "contacts", "contact_ids": [deal.contact]},
        {"code": "payment_milestones", "text": "30 % are paid, 70 % on acceptance"},
    ]
    deal.rep.patch(path, {"items": items})
    deal.rep.post(f"{path}/submit")
    assert deal.rep.try_post(f"{path}/accept").status_code == 403
    deal.delivery.post(f"{path}/return", {"reasons": ["which feeder?"]})
    told = {"code": "technical_agreement", "text": "as in the proposal, standard feeder"}
    deal.rep.patch(path, {"items": [told]})
    deal.rep.post(f"{path}/submit")
    assert deal.delivery.post(f"{path}/accept")["status"] == "accepted"


def delivered_and_paid(deal: Deal) -> None:
    """The rest is due once acceptance is a fact, not before; then it is paid."""
    contract = deal.papers["contract"]
    order = deal.rep.post("/orders", {"contract_id": contract})
    path = f"/orders/{order['id']}"
    deal.delivery.post(f"{path}/ship")
    deal.delivery.post(f"{path}/deliver")
    assert milestones(deal) == {
        "Advance payment": ("settled", "0.00"),
        "On acceptance": ("planned", REST),
    }
    deal.delivery.post(f"{path}/accept")
    assert milestones(deal)["On acceptance"] == ("due", REST)
    deal.finance.post("/payments", {"contract_id": contract, "amount": yuan(REST)})
    assert milestones(deal) == {
        "Advance payment": ("settled", "0.00"),
        "On acceptance": ("settled", "0.00"),
    }
    ageing = deal.finance.get("/receivables/ageing", customer_id=deal.customer)
    assert ageing["rows"] == []


def milestones(deal: Deal) -> dict[str, tuple[str, str]]:
    """Each of the contract's, with what is open of it."""
    found = deal.finance.get("/payment-milestones", contract_id=deal.papers["contract"])
    return {one["name"]: (one["status"], one["open_amount"]["amount"]) for one in found["items"]}


def reviewed(deal: Deal) -> None:
    """Why it was won, and what is to be learned from it."""
    finding = {"reasons": ["specification", "relationship"], "lessons": "ask for the feeder early"}
    held = deal.supervisor.post(f"/outcome-reviews/{deal.id}/hold", finding)
    assert (held["outcome"], held["status"]) == ("won", "held")


def seen_by_everybody(deal: Deal) -> None:
    """The history is whole, and what belongs to the customer shows it."""
    history = deal.rep.get(f"{deal.path}/history", limit=200)["items"]
    assert [one["sequence"] for one in history] == list(range(1, len(history) + 1))
    kinds = [one["type"] for one in history]
    assert kinds.count("tianlong.opportunity.stage_advanced.v1") == 7
    assert kinds[-1] == "tianlong.opportunity.won.v1"
    assert all(one["proof"] for one in deal.rep.get(deal.path)["milestones"].values())

    def complete() -> bool:
        view = deal.director.get(f"/views/customer-360/{deal.customer}")
        assert view["customer"]["data"]["status"] == "won"
        assert [one["status"] for one in view["orders"]["data"]["items"]] == ["delivered"]
        return len(view["payments"]["data"]["items"]) == 2

    assert eventually(complete)


def checked_in(deal: Deal, visit: str) -> Body:
    fix = {"position": PLANT, "accuracy_metres": 12, "measured_at": now()}
    arrived: Body = deal.rep.post(f"{visit}/check-in", {"fix": fix, "device_at": now()})
    assert arrived["check_in"]["is_inside_fence"]
    return arrived
