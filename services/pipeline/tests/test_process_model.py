"""Processes: the three that come with the service, and those that could not be finished."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pipeline.templates.model import (
    PROOF_KINDS,
    BuyerStage,
    Milestone,
    Process,
    Rules,
    Stage,
    StandardWork,
    TemplateNotDraft,
    Unfinishable,
    draft,
    faults,
    publish,
    require_finishable,
)
from pipeline.templates.store import definitions, shipped


def a_stage(number: int, code: str = "", gate: list[Milestone] | None = None) -> Stage:
    return Stage(
        number=number,
        code=code or f"stage_{number}",
        zh="阶段",
        en="stage",
        probability=Decimal("0.5"),
        duties={"rep": "lead"},
        gate=gate or [],
    )


def a_milestone(code: str = "held", proof: str = "contact_held") -> Milestone:
    return Milestone(code=code, zh="里程碑", en="milestone", proof=proof)


def a_process() -> Process:
    return Process(
        code="short",
        version=1,
        zh="短",
        en="short",
        stages=[a_stage(1, gate=[a_milestone()]), a_stage(2), a_stage(3)],
        won_stage=3,
    )


def test_the_default_processes_have_the_stages_of_the_trade() -> None:
    stages = {code: [stage.code for stage in known.stages] for code, known in newest_processes()}
    assert len(stages["project"]) == 8
    assert stages["standard"] == [
        "contact",
        "needs",
        "presentation",
        "quotation",
        "negotiation",
        "won",
        "after_sales",
    ]
    assert stages["simple"] == [
        "plan",
        "develop",
        "appointment",
        "recommend",
        "close",
        "after_sales",
    ]


def newest_processes() -> list[tuple[str, Process]]:
    newest = {code: known for (code, _), (known, _) in sorted(definitions().items())}
    return sorted(newest.items())


def test_project_sales_pairs_every_stage_with_the_buyers() -> None:
    paired = [stage.buyer_stage for stage in shipped("project", 1).stages]
    assert [buyer.number for buyer in paired if buyer] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_probability_never_falls_on_the_way() -> None:
    for _, known in newest_processes():
        chances = [stage.probability for stage in known.stages]
        assert chances == sorted(chances)


def test_a_published_template_tells_its_whole_definition() -> None:
    known, definition = definitions()["standard", 1]
    template = publish(known, definition)
    assert (template.id, template.version) == ("standard-1", 1)
    assert template.definition["stages"][0]["gate"][0]["proof"] == "contact_held"


def test_every_kind_of_proof_is_explained_in_both_languages() -> None:
    assert all(kind.zh and kind.en for kind in PROOF_KINDS.values())


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (replace(a_process(), stages=[a_stage(1), a_stage(3)]), "numbered"),
        (replace(a_process(), stages=[]), "numbered"),
        (replace(a_process(), won_stage=4), "won stage"),
        (replace(a_process(), won_stage=1), "won stage"),
        (replace(a_process(), stages=[a_stage(1, "same"), a_stage(2, "same"), a_stage(3)]), "same"),
        (replace(a_process(), closing=[a_milestone()]), "held stands there twice"),
        (
            replace(a_process(), closing=[a_milestone("sealed", "signed_in_blood")]),
            "unknown fact kind",
        ),
        (
            replace(a_process(), stages=[a_stage(1), a_stage(2), a_stage(3, gate=[a_milestone()])]),
            "after the deal is won",
        ),
        (
            replace(
                a_process(),
                stages=[a_stage(1), replace(a_stage(2), probability=Decimal(2)), a_stage(3)],
            ),
            "probability",
        ),
    ],
)
def test_a_process_that_cannot_be_finished_is_refused(broken: Process, why: str) -> None:
    require_finishable(a_process())
    with pytest.raises(Unfinishable, match=why):
        require_finishable(broken)


def gated(*milestones: Milestone) -> Process:
    return replace(a_process(), stages=[a_stage(1, gate=list(milestones)), a_stage(2), a_stage(3)])


def first(**changes: Any) -> Process:
    return replace(a_process(), stages=[replace(a_stage(1), **changes), a_stage(2), a_stage(3)])


@pytest.mark.parametrize(
    ("broken", "pointer", "code"),
    [
        (
            gated(replace(a_milestone(), after=["nothing"])),
            "/stages/0/gate/0/after/0",
            "unknown",
        ),
        (gated(replace(a_milestone(), after=["held"])), "/stages/0/gate/0/after", "circular"),
        (
            gated(
                replace(a_milestone("one"), after=["two"]),
                replace(a_milestone("two"), after=["three"]),
                replace(a_milestone("three"), after=["one"]),
            ),
            "/stages/0/gate/2/after",
            "circular",
        ),
        (
            replace(
                gated(replace(a_milestone(), after=["paid"])),
                closing=[a_milestone("paid", "advance_payment_received")],
            ),
            "/stages/0/gate/0/after/0",
            "circular",
        ),
        (
            gated(replace(a_milestone(), conditions={"stance": True})),
            "/stages/0/gate/0/conditions/stance",
            "unknown-condition",
        ),
        (
            gated(
                replace(a_milestone("s", "survey_taken"), conditions={"known": ["shoe_size"]}),
            ),
            "/stages/0/gate/0/conditions/known",
            "unknown-condition",
        ),
        (first(duties={"rep": "required"}), "/stages/0/duties", "no-lead"),
        (first(duties={"rep": "lead", "poet": "optional"}), "/stages/0/duties/poet", "unknown"),
        (first(norm_days=0), "/stages/0/norm_days", "out-of-bounds"),
        (
            first(work=[StandardWork(code="call", zh="致电", en="Call", owner="poet")]),
            "/stages/0/work/0/owner",
            "unknown",
        ),
        (
            first(buyer_stage=BuyerStage(number=2, zh="需求", en="Need")),
            "/stages/0/buyer_stage/number",
            "pairing",
        ),
        (
            replace(a_process(), rules=Rules(buyer_lag_from=2)),
            "/stages/0/buyer_stage",
            "pairing",
        ),
        (replace(a_process(), rules=Rules(enter_up_to=3)), "/rules/enter_up_to", "out-of-bounds"),
        (
            replace(a_process(), rules=Rules(lost_reasons=["rain"])),
            "/rules/lost_reasons/0",
            "unknown",
        ),
        (
            replace(a_process(), rules=Rules(most_waivers=-1)),
            "/rules/most_waivers",
            "out-of-bounds",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(broken: Process, pointer: str, code: str) -> None:
    assert (pointer, code) in {(fault.pointer, fault.code) for fault in faults(broken)}
    with pytest.raises(Unfinishable) as refused:
        require_finishable(broken)
    told = refused.value.document("zh-CN")["errors"]
    assert pointer in {error["pointer"] for error in told}


def test_a_milestone_may_come_after_others_of_its_own_and_earlier_stages() -> None:
    require_finishable(
        replace(
            gated(a_milestone("one"), replace(a_milestone("two"), after=["one"])),
            closing=[replace(a_milestone("paid", "advance_payment_received"), after=["two"])],
        )
    )


def test_a_published_version_is_never_changed() -> None:
    known, definition = definitions()["standard", 1]
    template = draft("standard", 2, definition, 1)
    template.change(definition)
    assert template.version == 1
    template.publish(known)
    for command in (
        template.withdraw,
        lambda: template.change({}),
        lambda: template.publish(known),
    ):
        with pytest.raises(TemplateNotDraft):
            command()
    assert (template.status, template.version) == ("published", 2)
