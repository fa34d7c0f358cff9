"""How deals are run: versions of a process that are written, and what comes beside the stages."""

from typing import Any

from contracts.envelope import Event, event

__all__ = [
    "ProcessTemplateChanged",
    "ProcessTemplateDrafted",
    "ProcessTemplateWithdrawn",
]


@event("process_template", "drafted")
class ProcessTemplateDrafted(Event, frozen=True, kw_only=True):
    """The next version is being written, from `based_on` if there was one; no deal runs on it."""

    code: str
    version: int
    definition: dict[str, Any]
    based_on: int | None = None


@event("process_template", "changed")
class ProcessTemplateChanged(Event, frozen=True, kw_only=True):
    """A draft was changed; a published version never is."""

    code: str
    version: int
    definition: dict[str, Any]
    previous: dict[str, Any]


@event("process_template", "withdrawn")
class ProcessTemplateWithdrawn(Event, frozen=True, kw_only=True):
    """The draft was given up."""

    code: str
    version: int
