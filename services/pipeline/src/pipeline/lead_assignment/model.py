"""Rules of assignment, asked in their order, and the policy of the first response.

Of the people a rule names, those who are there and not full are candidates; its way chooses one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text

ROUND_ROBIN, REGION, LOAD = "round_robin", "region", "load"
WAYS = (ROUND_ROBIN, REGION, LOAD)
POLICY_ID = "leads"
HOT = "hot"


class RuleWithdrawn(Refused):
    slug = "lead-rule-withdrawn"
    titles: ClassVar[Text] = {
        CHINESE: "分配规则已停用",
        ENGLISH: "The assignment rule is withdrawn",
    }


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Whom it names, and which leads it is for; an empty list means any."""

    name: str
    place: int
    way: str
    staff_ids: list[str] = field(default_factory=list)
    team_ids: list[str] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    temperatures: list[str] = field(default_factory=list)
    product_lines: list[str] = field(default_factory=list)
    campaign_ids: list[str] = field(default_factory=list)
    most_open: int | None = None


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What of a lead rules look at; `region` is the company's."""

    region: str | None
    channel: str
    temperature: str
    product_line: str | None
    campaign_id: str | None


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Somebody a rule names: where they work, and how many leads they have at hand."""

    staff_id: str
    region: str | None
    open_leads: int


@dataclass(frozen=True, kw_only=True)
class LeadAssignmentRuleSet(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class LeadAssignmentRuleChanged(Fact):
    previous: Terms


@dataclass(frozen=True, kw_only=True)
class LeadAssignmentRuleWithdrawn(Fact):
    pass


@dataclass(kw_only=True)
class Rule(Aggregate):
    TYPE: ClassVar[str] = "lead_assignment_rule"

    terms: Terms
    is_withdrawn: bool = False

    def change(self, changes: Mapping[str, Any]) -> None:
        self._require_standing()
        previous, self.terms = self.terms, Terms(**(asdict(self.terms) | dict(changes)))
        if self.terms != previous:
            self.record(LeadAssignmentRuleChanged(previous=previous))

    def withdraw(self) -> None:
        self._require_standing()
        self.is_withdrawn = True
        self.record(LeadAssignmentRuleWithdrawn())

    def _require_standing(self) -> None:
        if self.is_withdrawn:
            raise RuleWithdrawn()


def set_rule(terms: Terms, identifier: str) -> Rule:
    rule = Rule(id=identifier, key=identifier, terms=terms)
    rule.record(LeadAssignmentRuleSet())
    return rule


def is_for(terms: Terms, lead: Traits) -> bool:
    """Whether the rule has something to say about such a lead."""
    asked = (
        (terms.regions, lead.region),
        (terms.channels, lead.channel),
        (terms.temperatures, lead.temperature),
        (terms.product_lines, lead.product_line),
        (terms.campaign_ids, lead.campaign_id),
    )
    return all(not wanted or value in wanted for wanted, value in asked)


def chosen(
    terms: Terms, lead: Traits, candidates: Sequence[Candidate], last: str | None
) -> str | None:
    """Who gets it, of those who are there; `last` is whom the rule chose before. None: nobody."""
    free = [
        one for one in candidates if terms.most_open is None or one.open_leads < terms.most_open
    ]
    if terms.way == REGION:
        # The nearest people know the place; of them the one with the least at hand.
        free = [one for one in free if lead.region is not None and one.region == lead.region]
    if not free:
        return None
    in_turn = _after(free, last)
    if terms.way == ROUND_ROBIN:
        return in_turn[0].staff_id
    return min(in_turn, key=lambda one: one.open_leads).staff_id


def _after(free: Sequence[Candidate], last: str | None) -> list[Candidate]:
    """In the order of their ids, beginning with whoever comes after `last`."""
    ordered = sorted(free, key=lambda one: one.staff_id)
    later = [one for one in ordered if last is not None and one.staff_id > last]
    return [*later, *(one for one in ordered if one not in later)]


@dataclass(frozen=True, kw_only=True)
class PolicyTerms:
    """Working minutes until the first response; after `most_lapses` a lead goes to the pool."""

    hot_minutes: int = 30
    other_minutes: int = 240
    most_lapses: int = 3

    def response_time(self, temperature: str) -> timedelta:
        return timedelta(minutes=self.hot_minutes if temperature == HOT else self.other_minutes)


@dataclass(frozen=True, kw_only=True)
class LeadPolicyChanged(Fact):
    previous: PolicyTerms


@dataclass(kw_only=True)
class LeadPolicy(Aggregate):
    """The one policy of leads; until somebody changes it the defaults hold."""

    TYPE: ClassVar[str] = "lead_policy"

    terms: PolicyTerms = field(default_factory=PolicyTerms)

    def change(self, changes: Mapping[str, Any]) -> None:
        previous, self.terms = self.terms, PolicyTerms(**(asdict(self.terms) | dict(changes)))
        if self.terms != previous:
            self.record(LeadPolicyChanged(previous=previous))


def default_policy() -> LeadPolicy:
    return LeadPolicy(id=POLICY_ID, key=POLICY_ID)
