"""Teams: from fact to contract."""

from dataclasses import asdict

from chassis.events import EventTable
from contracts import field as wire

from field.teams import model


def _formed(team: model.Team, fact: model.TeamFormed) -> wire.TeamFormed:
    return wire.TeamFormed(team_id=wire.TeamId(team.id), profile=_profile(fact.profile))


def _changed(team: model.Team, fact: model.TeamChanged) -> wire.TeamChanged:
    return wire.TeamChanged(
        team_id=wire.TeamId(team.id),
        profile=_profile(fact.profile),
        previous=_profile(fact.previous),
    )


def _profile(described: model.TeamDescription) -> wire.TeamProfile:
    return wire.TeamProfile(**asdict(described))


EVENTS: EventTable = {model.TeamFormed: _formed, model.TeamChanged: _changed}
