"""Teams: from fact to contract."""

from dataclasses import asdict

from chassis.events import EventTable
from contracts import field as wire
from contracts.values import TeamId

from field.teams import model


def _formed(team: model.Team, fact: model.TeamFormed) -> wire.TeamFormed:
    return wire.TeamFormed(team_id=TeamId(team.id), profile=profile(fact.profile))


def _changed(team: model.Team, fact: model.TeamChanged) -> wire.TeamChanged:
    return wire.TeamChanged(
        team_id=TeamId(team.id),
        profile=profile(fact.profile),
        previous=profile(fact.previous),
    )


def profile(described: model.TeamDescription) -> wire.TeamProfile:
    return wire.TeamProfile(**asdict(described))


EVENTS: EventTable = {model.TeamFormed: _formed, model.TeamChanged: _changed}
