"""Policies as versioned data: how tiers are cut, which alerts there are and what they say."""

from decimal import Decimal
from functools import cache
from importlib.resources import files

import msgspec


class Group(msgspec.Struct, frozen=True):
    """Customers cut among themselves; one without `kinds` takes every kind not named elsewhere."""

    name: str
    zh: str
    en: str
    kinds: list[str]


class Cut(msgspec.Struct, frozen=True):
    """A customer is in `tier` while those before it make less than this share of revenue."""

    tier: str
    share_before_below: Decimal


class Potential(msgspec.Struct, frozen=True):
    """The tier of a customer without orders whose yearly demand 购买能力 is known to reach this."""

    tier: str
    yearly_demand_at_least: Decimal


class TierPolicy(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    version: int
    window_months: int
    measure: str
    groups: list[Group]
    cuts: list[Cut]
    with_orders: str
    without_orders: str
    potential: list[Potential]
    tie_rule: str

    @property
    def tiers(self) -> list[str]:
        """Best first."""
        return [*(cut.tier for cut in self.cuts), self.with_orders, self.without_orders]

    def group_of(self, kind: str) -> Group:
        others = self.groups[-1]
        for group in self.groups:
            if kind in group.kinds:
                return group
            if not group.kinds:
                others = group
        return others


class AlertRule(msgspec.Struct, frozen=True, kw_only=True):
    """Placeholders of the texts are a timer's details."""

    rule: str
    version: int
    severity: str
    zh: str
    en: str
    reason_zh: str
    reason_en: str
    satisfied_by: list[str]


@cache
def tier_policy() -> TierPolicy:
    return msgspec.json.decode(_data("tiers.json"), type=TierPolicy)


@cache
def alert_rules() -> dict[str, AlertRule]:
    rules = msgspec.json.decode(_data("alerts.json"), type=list[AlertRule])
    return {rule.rule: rule for rule in rules}


def _data(name: str) -> bytes:
    return files("insights").joinpath("policies", name).read_bytes()
