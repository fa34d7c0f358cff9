"""A process 销售流程: its stages, the milestones that open each gate, and its rules.

`process` its shape · `proofs` what can prove a milestone · `finishing` whether a deal on it could
be won · `template` its versions. A process is data: `data/*.json`, or written by an administrator.
"""

from pipeline.templates.model.finishing import Unfinishable, faults, require_finishable
from pipeline.templates.model.process import (
    DUTIES,
    LEAD,
    LOST_REASONS,
    OPTIONAL,
    ROLES,
    BuyerStage,
    Milestone,
    Process,
    Rules,
    Stage,
    StandardWork,
)
from pipeline.templates.model.proofs import PROOF_KINDS, ProofKind
from pipeline.templates.model.template import (
    DRAFT,
    PUBLISHED,
    WITHDRAWN,
    ProcessTemplate,
    ProcessTemplateChanged,
    ProcessTemplateDrafted,
    ProcessTemplatePublished,
    ProcessTemplateWithdrawn,
    TemplateNotDraft,
    draft,
    publish,
    template_id,
)

__all__ = [
    "DRAFT",
    "DUTIES",
    "LEAD",
    "LOST_REASONS",
    "OPTIONAL",
    "PROOF_KINDS",
    "PUBLISHED",
    "ROLES",
    "WITHDRAWN",
    "BuyerStage",
    "Milestone",
    "Process",
    "ProcessTemplate",
    "ProcessTemplateChanged",
    "ProcessTemplateDrafted",
    "ProcessTemplatePublished",
    "ProcessTemplateWithdrawn",
    "ProofKind",
    "Rules",
    "Stage",
    "StandardWork",
    "TemplateNotDraft",
    "Unfinishable",
    "draft",
    "faults",
    "publish",
    "require_finishable",
    "template_id",
]
