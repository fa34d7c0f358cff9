"""Processes: the three that come with the service, and those that could not be finished."""

from dataclasses import replace
from decimal import Decimal

import pytest
from pipeline.templates.model import (
    PROOF_KINDS,
    Milestone,
    Process,
    Stage,
    Unfinishable,
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
