"""What is published about the policy of reviews."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.clocks import model


def _changed(
    policy: model.ReviewPolicy, fact: model.ReviewPolicyChanged
) -> wire.ReviewPolicyChanged:
    return wire.ReviewPolicyChanged(rule=_told(policy.rule), previous=_told(fact.previous))


def _told(rule: model.Rule) -> wire.ReviewRule:
    return wire.ReviewRule(
        recheck_after_days=rule.recheck_after_days,
        judge_after_days=rule.judge_after_days,
        continue_at_most=rule.continue_at_most,
        event_within_days=rule.event_within_days,
        node_within_working_days=rule.node_within_working_days,
        manager_reviews_above=rule.manager_reviews_above,
    )


EVENTS: EventTable = {model.ReviewPolicyChanged: _changed}
