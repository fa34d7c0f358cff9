"""The rules of the sales force, plans and visits, with nothing running."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from chassis.facts import facts_of
from chassis.problems import ValidationFailed
from contracts.values import Fix, Position
from field.policy import FieldPolicy
from field.staff.model import HasLeft, Staff, StaffJoined, StaffLeft, StaffMoved
from field.teams.model import MisplacedTeam, Team, TeamChanged, TeamKind
from field.visit_plans.model import (
    OwnPlan,
    PlanIsElsewhere,
    PlannedVisit,
    PlanStatus,
    VisitPlan,
    VisitPlanApproved,
    VisitPlanChanged,
)
from field.visits.model import (
    Action,
    ActionKind,
    Attendee,
    DeviceMoment,
    FixStatus,
    OutsideTheFence,
    OwnVisit,
    PlanStanding,
    Survey,
    Visit,
    VisitCheckedIn,
    VisitIsElsewhere,
    VisitStatus,
)

POLICY = FieldPolicy()
MONDAY_NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)  # 09:00 in Shanghai
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
OFFICE = Position(latitude=31.2304, longitude=121.4737)


def a_team(name: str = "South", kind: TeamKind = TeamKind.TEAM, parent: Team | None = None) -> Team:
    return Team.form(identifier=name.lower(), name=name, kind=kind, parent=parent)


def a_tree() -> tuple[Team, Team, Team]:
    company = a_team("Acme", TeamKind.COMPANY)
    region = a_team("East", TeamKind.REGION, company)
    return company, region, a_team("Shanghai", TeamKind.TEAM, region)


def a_rep(**given: Any) -> Staff:
    return Staff.join(
        **{
            "identifier": "rep",
            "name": "Li Lei",
            "roles": ["rep"],
            "team_id": "shanghai",
            "region": "East",
            "joined_on": date(2020, 1, 1),
        }
        | given
    )


def a_line(**given: Any) -> PlannedVisit:
    return PlannedVisit(**{"customer_id": "customer", "purpose": "service"} | given)


def a_plan(on: date = TUESDAY, now: datetime = MONDAY_NINE, **given: Any) -> VisitPlan:
    lines = given.pop("visits", [a_line()])
    return VisitPlan.draft(staff_id="rep", on=on, visits=lines, now=now, policy=POLICY)


def a_submitted_plan(**given: Any) -> VisitPlan:
    plan = a_plan(**given)
    plan.submit(MONDAY_NINE, POLICY)
    return plan


def a_visit(**given: Any) -> Visit:
    return Visit(
        **{
            "id": "visit",
            "key": "customer",
            "owner_id": "rep",
            "customer_id": "customer",
            "purpose": "service",
            "on": MONDAY,
        }
        | given
    ).arrange()


def a_fix(**given: Any) -> Fix:
    return Fix(**{"position": OFFICE, "accuracy_metres": 10.0, "measured_at": MONDAY_NINE} | given)


def check_in(visit: Visit, now: datetime = MONDAY_NINE, **given: Any) -> Visit:
    visit.check_in(
        **{
            "now": now,
            "device": DeviceMoment(at=now),
            "fix": a_fix(measured_at=now),
            "places": [OFFICE],
            "outside_reason": None,
            "plan_status": PlanStanding.APPROVED,
            "policy": POLICY,
        }
        | given
    )
    return visit


def check_out(visit: Visit, now: datetime, **given: Any) -> Visit:
    visit.check_out(
        **{
            "now": now,
            "device": DeviceMoment(at=now),
            "outcome": "agreed on a trial",
            "next_step": "send the samples",
            "next_step_on": TUESDAY,
            "policy": POLICY,
        }
        | given
    )
    return visit


def codes(refused: "pytest.ExceptionInfo[ValidationFailed]") -> set[str]:
    return {error.code for error in refused.value.errors}


# Teams


def test_a_team_takes_its_region_from_above() -> None:
    _, region, team = a_tree()
    assert (region.region, team.region) == ("East", "East")


def test_only_the_company_stands_below_nothing() -> None:
    with pytest.raises(MisplacedTeam):
        a_team("Lost", TeamKind.TEAM, None)


def test_a_region_cannot_stand_below_a_team() -> None:
    _, _, team = a_tree()
    with pytest.raises(MisplacedTeam):
        a_team("West", TeamKind.REGION, team)


def test_a_team_cannot_be_moved_below_itself() -> None:
    company, region, team = a_tree()
    below = a_team("Pudong", TeamKind.TEAM, team)
    with pytest.raises(MisplacedTeam):
        team.move_below(below, frozenset({team.id, region.id, company.id}))


def test_a_moved_team_changes_its_region() -> None:
    company, _, team = a_tree()
    west = a_team("West", TeamKind.REGION, company)
    team.move_below(west, frozenset({company.id}))
    assert team.region == "West"
    [*_, last] = facts_of(team)
    assert isinstance(last, TeamChanged)
    assert (last.previous.region, last.profile.region) == ("East", "West")


def test_a_change_that_changes_nothing_is_no_fact() -> None:
    _, region, team = a_tree()
    version = team.version
    team.be_led_by(None)
    team.rename("Shanghai", region)
    assert team.version == version


# Staff


def test_joining_is_told_with_name_and_team() -> None:
    [fact] = facts_of(a_rep())
    assert isinstance(fact, StaffJoined)
    assert (fact.profile.name, fact.profile.team_id) == ("Li Lei", "shanghai")


def test_a_move_tells_where_from() -> None:
    person = a_rep()
    person.move(team_id="beijing", region="North")
    [*_, fact] = facts_of(person)
    assert isinstance(fact, StaffMoved)
    assert (fact.previous.team_id, fact.profile.team_id) == ("shanghai", "beijing")
    assert person.region == "North"


def test_nobody_moves_who_has_left() -> None:
    person = a_rep()
    person.leave(MONDAY)
    assert isinstance(facts_of(person)[-1], StaffLeft)
    with pytest.raises(HasLeft):
        person.move(name="Somebody")
    with pytest.raises(HasLeft):
        person.leave(TUESDAY)


def test_nobody_leaves_before_joining() -> None:
    with pytest.raises(ValidationFailed):
        a_rep().leave(date(2019, 1, 1))


def test_an_unknown_role_is_named() -> None:
    with pytest.raises(ValidationFailed) as refused:
        a_rep(roles=["rep", "wizard"])
    assert refused.value.errors[0].pointer == "/roles/1"


# Visit plans


@pytest.mark.parametrize(
    ("minutes", "is_late"), [(0, False), (1, True)], ids=["at 18:00 local", "a minute later"]
)
def test_a_plan_is_late_after_the_evening_before(minutes: int, is_late: bool) -> None:
    plan = a_plan()
    plan.submit(datetime(2026, 3, 2, 10, minutes, tzinfo=UTC), POLICY)
    assert plan.is_late is is_late


def test_a_plan_for_today_is_late() -> None:
    assert a_plan(on=MONDAY).is_late


def test_no_plan_is_made_for_a_day_gone_by() -> None:
    with pytest.raises(ValidationFailed):
        a_plan(on=date(2026, 3, 1))


def test_times_lie_within_the_day_and_end_after_they_start() -> None:
    at_ten = datetime(2026, 3, 3, 2, tzinfo=UTC)
    with pytest.raises(ValidationFailed) as refused:
        a_plan(
            visits=[
                a_line(starts_at=at_ten, ends_at=at_ten),
                a_line(starts_at=at_ten + timedelta(days=1)),
                a_line(purpose="golf"),
            ]
        )
    assert codes(refused) == {"ends-before-it-starts", "another-day", "unknown-purpose"}


@pytest.mark.parametrize("number", [0, 31])
def test_a_day_has_a_bounded_number_of_visits(number: int) -> None:
    with pytest.raises(ValidationFailed):
        a_plan(visits=[a_line() for _ in range(number)])


def test_a_plan_is_decided_once_and_by_somebody_else() -> None:
    plan = a_submitted_plan()
    with pytest.raises(OwnPlan):
        plan.approve("rep", None, MONDAY_NINE)
    plan.approve("boss", "good", MONDAY_NINE)
    assert plan.approval is not None
    assert plan.approval.comment == "good"
    with pytest.raises(PlanIsElsewhere):
        plan.reject("boss", "on second thoughts", MONDAY_NINE)


def test_a_draft_cannot_be_decided() -> None:
    with pytest.raises(PlanIsElsewhere):
        a_plan().approve("boss", None, MONDAY_NINE)


def test_a_changed_plan_is_approved_with_the_other_visits() -> None:
    plan = a_submitted_plan()
    before = plan.visits
    plan.change("boss", [a_line(customer_id="another")], "go there first", MONDAY_NINE, POLICY)
    *_, changed, approved = facts_of(plan)
    assert isinstance(changed, VisitPlanChanged)
    assert changed.previous == before
    assert isinstance(approved, VisitPlanApproved)
    assert approved.visits[0].customer_id == "another"
    assert plan.status is PlanStatus.APPROVED


def test_a_rejected_plan_is_written_anew_and_handed_in_again() -> None:
    plan = a_submitted_plan()
    plan.reject("boss", "see the big one first", MONDAY_NINE)
    with pytest.raises(PlanIsElsewhere):
        plan.submit(MONDAY_NINE, POLICY)
    plan.revise([a_line(customer_id="big")], MONDAY_NINE, POLICY)
    plan.submit(MONDAY_NINE, POLICY)
    assert plan.status is PlanStatus.SUBMITTED
    assert plan.approval is None


def test_leaving_a_timely_plan_undecided_is_the_superiors_lapse() -> None:
    plan = a_submitted_plan()
    eight, ten = (datetime(2026, 3, 3, hour, tzinfo=UTC) for hour in (0, 2))
    assert not plan.is_lapsed(eight, POLICY)
    assert plan.is_lapsed(ten, POLICY)
    late = a_submitted_plan(on=MONDAY)
    assert not late.is_lapsed(ten, POLICY)


# Check-in


def north_of(place: Position, metres: float) -> Position:
    return Position(latitude=place.latitude + metres / 111_195, longitude=place.longitude)


def test_inside_the_fence_needs_no_reason() -> None:
    visit = check_in(a_visit(), fix=a_fix(position=north_of(OFFICE, 290)))
    assert visit.is_inside_fence is True
    assert visit.distance_metres == pytest.approx(290, abs=1)


def test_outside_the_fence_needs_a_reason() -> None:
    far = a_fix(position=north_of(OFFICE, 310))
    with pytest.raises(OutsideTheFence) as refused:
        check_in(a_visit(), fix=far)
    assert refused.value.members["distance_metres"] == pytest.approx(310, abs=1)
    visit = check_in(a_visit(), fix=far, outside_reason="met them at the fair")
    assert visit.is_inside_fence is False
    assert visit.outside_reason == "met them at the fair"


def test_the_nearest_of_the_customers_places_counts() -> None:
    places = [Position(latitude=39.9, longitude=116.4), OFFICE]
    assert check_in(a_visit(), places=places).is_inside_fence is True


@pytest.mark.parametrize(
    ("fix", "status"),
    [
        (None, FixStatus.MISSING),
        (a_fix(measured_at=MONDAY_NINE - timedelta(minutes=3)), FixStatus.STALE),
        (a_fix(measured_at=None), FixStatus.STALE),
        (a_fix(accuracy_metres=900.0), FixStatus.INACCURATE),
    ],
)
def test_a_fix_that_proves_nothing_is_recorded_as_such(fix: Fix | None, status: FixStatus) -> None:
    visit = check_in(a_visit(), fix=fix)
    [*_, fact] = facts_of(visit)
    assert isinstance(fact, VisitCheckedIn)
    assert fact.fix_status is status
    assert fact.distance_metres is None
    assert fact.is_inside_fence is None


def test_a_customer_without_places_has_no_fence() -> None:
    visit = check_in(a_visit(), places=[])
    assert visit.fix_status is FixStatus.FRESH
    assert visit.is_inside_fence is None


def test_a_device_more_than_five_minutes_ahead_is_refused() -> None:
    ahead = MONDAY_NINE + timedelta(minutes=5, seconds=1)
    with pytest.raises(ValidationFailed) as refused:
        check_in(a_visit(), device=DeviceMoment(at=ahead))
    assert codes(refused) == {"device-clock-ahead"}


def test_both_times_are_kept_and_a_gap_the_queue_does_not_explain_is_flagged() -> None:
    hour_ago = MONDAY_NINE - timedelta(hours=1)
    fix = a_fix(measured_at=hour_ago)
    queued = check_in(
        a_visit(), device=DeviceMoment(at=hour_ago, queued_for=timedelta(minutes=58)), fix=fix
    )
    assert (queued.checked_in_at, queued.check_in_received_at) == (hour_ago, MONDAY_NINE)
    assert not queued.is_time_suspect
    assert check_in(a_visit(), device=DeviceMoment(at=hour_ago), fix=fix).is_time_suspect


def test_punctuality_is_judged_by_the_devices_time() -> None:
    visit = a_visit(starts_at=MONDAY_NINE - timedelta(minutes=50))
    device = DeviceMoment(at=MONDAY_NINE - timedelta(minutes=40), queued_for=timedelta(minutes=40))
    assert check_in(visit, device=device).minutes_late == 10


def test_a_visit_begins_on_its_day_only() -> None:
    with pytest.raises(VisitIsElsewhere):
        check_in(a_visit(on=TUESDAY))


def test_nobody_checks_in_twice() -> None:
    visit = check_in(a_visit())
    with pytest.raises(VisitIsElsewhere):
        check_in(visit)


# What is done there


@pytest.mark.parametrize(
    ("action", "missing"),
    [
        (Action(action=ActionKind.SURVEY), {"nobody-met", "no-result"}),
        (Action(action=ActionKind.SURVEY, contact_ids=["c"], survey=Survey()), {"no-result"}),
        (Action(action=ActionKind.INTERVIEW, contact_ids=["c"]), {"no-result"}),
        (Action(action=ActionKind.DEMONSTRATION), {"nobody-there"}),
        (
            Action(action=ActionKind.DEMONSTRATION, attendees=[Attendee(contact_id="c")]),
            {"no-stance"},
        ),
    ],
)
def test_an_action_without_its_substance_is_refused(action: Action, missing: set[str]) -> None:
    with pytest.raises(ValidationFailed) as refused:
        check_in(a_visit()).record_action(action)
    assert codes(refused) == missing


def test_an_action_names_the_visits_deals_unless_it_names_its_own() -> None:
    visit = check_in(a_visit(opportunity_ids=["deal"]))
    survey = Survey(need="a second line")
    visit.record_action(Action(action=ActionKind.SURVEY, contact_ids=["c"], survey=survey))
    assert facts_of(visit)[-1].opportunity_ids == ["deal"]


def test_nothing_is_done_at_a_visit_before_the_check_in() -> None:
    with pytest.raises(VisitIsElsewhere):
        a_visit().record_action(Action(action=ActionKind.COMPLAINT, note="rust"))


# Check-out


def test_a_check_out_tells_how_long_it_took() -> None:
    visit = check_out(check_in(a_visit()), MONDAY_NINE + timedelta(minutes=45))
    assert visit.minutes == 45
    assert visit.status is VisitStatus.CHECKED_OUT


def test_nobody_leaves_before_arriving() -> None:
    with pytest.raises(ValidationFailed) as refused:
        check_out(
            check_in(a_visit()),
            MONDAY_NINE,
            device=DeviceMoment(at=MONDAY_NINE - timedelta(minutes=1)),
        )
    assert codes(refused) == {"before-check-in"}


def test_a_next_step_has_a_date_that_is_to_come() -> None:
    for given, code in (
        ({"next_step_on": None}, "undated-next-step"),
        ({"next_step_on": date(2026, 3, 1)}, "in-the-past"),
    ):
        with pytest.raises(ValidationFailed) as refused:
            check_out(check_in(a_visit()), MONDAY_NINE, **given)
        assert codes(refused) == {code}


def test_a_forgotten_check_out_counts_until_the_last_thing_known() -> None:
    visit = check_in(a_visit())
    at = MONDAY_NINE + timedelta(minutes=20)
    visit.record_action(Action(action=ActionKind.COMPLAINT, note="rust", at=at))
    visit.close_by_rule()
    assert visit.is_closed_by_rule
    assert visit.minutes == 20


def test_a_visit_that_was_begun_cannot_be_missed() -> None:
    with pytest.raises(VisitIsElsewhere):
        check_in(a_visit()).miss(None)


# Unplanned visits


def test_an_unplanned_visit_is_accepted_once_by_somebody_else() -> None:
    visit = a_visit(is_unplanned=True)
    with pytest.raises(OwnVisit):
        visit.accept("rep", None)
    visit.accept("boss", None)
    with pytest.raises(VisitIsElsewhere):
        visit.accept("boss", None)
    with pytest.raises(VisitIsElsewhere):
        a_visit().accept("boss", None)
