"""Who sees what follows people and teams, in every service, once its news has arrived."""

from tests.flows.company import Company, Person, a_customer


async def records_of_rep(acme: Company) -> dict[str, str]:
    """One record of each kind that belongs to the rep: its path, by kind."""
    customer = await acme.rep.post("/customers", a_customer())
    contact = await acme.rep.post(
        "/contacts", {"customer_id": customer["id"], "name": "Lucille Bluth"}
    )
    await acme.carry()
    deal = await acme.rep.post("/opportunities", {"name": "A deal", "customer_id": customer["id"]})
    follow_up = await acme.rep.post(
        "/follow-ups",
        {"opportunity_id": deal["id"], "at": "2026-03-03T10:00:00+08:00", "method": "phone"},
    )
    line = {"customer_id": customer["id"], "purpose": "service"}
    plan = await acme.rep.post("/visit-plans", {"on": "2026-03-02", "customers": [line]})
    await acme.rep.post(f"/visit-plans/{plan['id']}/submit")
    await acme.carry()
    return {
        "customers": customer["id"],
        "contacts": contact["id"],
        "opportunities": deal["id"],
        "follow-ups": follow_up["id"],
        "visits": plan["customers"][0]["visit_id"],
        "visit-plans": plan["id"],
    }


async def seen_by(person: Person, records: dict[str, str]) -> set[str]:
    """Kinds that somebody can open; a list shows what can be opened, and nothing else."""
    opened = {kind for kind, one in records.items() if await person.sees(f"/{kind}/{one}")}
    for kind, one in records.items():
        listed = await person.ids(f"/{kind}?limit=200")
        assert (one in listed) == (kind in opened), f"{kind}: opened is not what is listed"
    return opened


async def test_a_rep_sees_own_records_and_a_boss_those_of_the_team(a_company: Company) -> None:
    records = await records_of_rep(a_company)
    everything = set(records)
    assert await seen_by(a_company.rep, records) == everything
    assert await seen_by(a_company.boss, records) == everything
    assert await seen_by(a_company.director, records) == everything
    assert await seen_by(a_company.colleague, records) == set()
    assert await seen_by(a_company.stranger, records) == set()
    assert await seen_by(a_company.other_boss, records) == set()


async def test_records_follow_a_person_into_another_team(a_company: Company) -> None:
    records = await records_of_rep(a_company)
    everything = set(records)
    move = {"team_id": a_company.teams["second"]}
    await a_company.admin.post(f"/staff/{a_company.rep.id}/move", move)
    await a_company.settle()
    assert await seen_by(a_company.other_boss, records) == everything
    assert await seen_by(a_company.boss, records) == set()
    assert await seen_by(a_company.rep, records) == everything
    # And back again, as if nothing had been.
    await a_company.admin.post(
        f"/staff/{a_company.rep.id}/move", {"team_id": a_company.teams["first"]}
    )
    await a_company.settle()
    assert await seen_by(a_company.boss, records) == everything
    assert await seen_by(a_company.other_boss, records) == set()


async def test_what_is_made_after_the_move_belongs_to_the_new_team(a_company: Company) -> None:
    move = {"team_id": a_company.teams["second"]}
    await a_company.admin.post(f"/staff/{a_company.rep.id}/move", move)
    await a_company.settle()
    records = await records_of_rep(a_company)
    assert await seen_by(a_company.other_boss, records) == set(records)
    assert await seen_by(a_company.boss, records) == set()


async def test_a_team_that_moves_takes_its_readers_along_and_rewrites_nothing(
    a_company: Company,
) -> None:
    records = await records_of_rep(a_company)
    west = await a_company.admin.post(
        "/teams", {"kind": "region", "name": "West", "parent_id": a_company.teams["top"]}
    )
    joined = await a_company.admin.post(
        "/staff",
        {
            "name": "West Manager",
            "roles": ["manager"],
            "team_id": west["id"],
            "joined_on": "2025-01-01",
        },
    )
    manager = Person(a_company, joined["id"], ("manager",))
    await a_company.admin.patch(f"/teams/{west['id']}", {"leader_id": manager.id})
    await a_company.settle()
    assert await seen_by(manager, records) == set()
    team_before = (await a_company.rep.get(f"/customers/{records['customers']}"))["team_id"]
    await a_company.admin.post(f"/teams/{a_company.teams['first']}/move", {"parent_id": west["id"]})
    await a_company.settle()
    assert await seen_by(manager, records) == set(records)
    assert await seen_by(a_company.boss, records) == set(records)
    after = await a_company.rep.get(f"/customers/{records['customers']}")
    assert (after["team_id"], after["owner_region"]) == (team_before, "West")


async def test_who_shares_a_record_sees_it_and_nothing_beside(a_company: Company) -> None:
    records = await records_of_rep(a_company)
    shared = {"collaborator_ids": [a_company.stranger.id]}
    await a_company.rep.patch(f"/opportunities/{records['opportunities']}", shared)
    await a_company.settle()
    # The deal and its papers, nothing else of the customer.
    assert await seen_by(a_company.stranger, records) == {"opportunities", "follow-ups"}
    own = await a_company.stranger.ask(
        "POST", f"/opportunities/{records['opportunities']}/advance", {}
    )
    assert own.status_code == 403


async def test_a_customer_that_changes_hands_takes_its_people_along(a_company: Company) -> None:
    records = await records_of_rep(a_company)
    handed = {"owner_id": a_company.colleague.id}
    customer = f"/customers/{records['customers']}"
    assert (await a_company.rep.ask("POST", f"{customer}/change-owner", handed)).status_code == 403
    await a_company.boss.post(f"{customer}/change-owner", handed)
    await a_company.settle()
    of_customer = {kind: records[kind] for kind in ("customers", "contacts")}
    assert await seen_by(a_company.colleague, of_customer) == {"customers", "contacts"}
    assert await seen_by(a_company.rep, of_customer) == set()
    # The deal is still the rep's: it has an owner of its own.
    assert await seen_by(a_company.rep, {"opportunities": records["opportunities"]})
