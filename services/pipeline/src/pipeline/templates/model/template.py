"""A process template 流程模板: drafted, changed, published as a version, or withdrawn."""

from dataclasses import dataclass
from typing import Any, ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text

from pipeline.templates.model.finishing import require_finishable
from pipeline.templates.model.process import Process

DRAFT, PUBLISHED, WITHDRAWN = "draft", "published", "withdrawn"


class TemplateNotDraft(Refused):
    """A published version is never changed; the next one is drafted instead."""

    slug = "template-not-draft"
    titles: ClassVar[Text] = {
        CHINESE: "只有草稿可以修改",
        ENGLISH: "Only a draft can be changed",
    }


@dataclass(frozen=True, kw_only=True)
class ProcessTemplateDrafted(Fact):
    code: str
    edition: int
    definition: dict[str, Any]
    based_on: int | None


@dataclass(frozen=True, kw_only=True)
class ProcessTemplateChanged(Fact):
    code: str
    edition: int
    definition: dict[str, Any]
    previous: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ProcessTemplatePublished(Fact):
    code: str
    edition: int
    definition: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ProcessTemplateWithdrawn(Fact):
    code: str
    edition: int


@dataclass(kw_only=True)
class ProcessTemplate(Aggregate):
    """One version of a process (`edition` is its number), published or on its way there.

    There is one draft of a process at a time. `definition` is the whole process as plain data.
    """

    TYPE: ClassVar[str] = "process_template"

    code: str
    edition: int
    status: str = PUBLISHED
    based_on: int | None = None
    definition: dict[str, Any]

    def change(self, definition: dict[str, Any]) -> None:
        self._require_draft()
        if definition != self.definition:
            previous, self.definition = self.definition, definition
            self.record(
                ProcessTemplateChanged(
                    code=self.code, edition=self.edition, definition=definition, previous=previous
                )
            )

    def publish(self, process: Process) -> None:
        """From now on new deals start with it. Raises `Unfinishable`; running deals keep theirs."""
        self._require_draft()
        require_finishable(process)
        self.status = PUBLISHED
        self._tell_published()

    def withdraw(self) -> None:
        """The draft is given up; its number is not used again."""
        self._require_draft()
        self.status = WITHDRAWN
        self.record(ProcessTemplateWithdrawn(code=self.code, edition=self.edition))

    def _require_draft(self) -> None:
        if self.status != DRAFT:
            raise TemplateNotDraft(
                {
                    CHINESE: f"{self.code} 第 {self.edition} 版已发布或撤回，请另建草稿",
                    ENGLISH: f"version {self.edition} of {self.code} is {self.status}; draft anew",
                }
            )

    def _tell_published(self) -> None:
        self.record(
            ProcessTemplatePublished(
                code=self.code, edition=self.edition, definition=self.definition
            )
        )


def template_id(code: str, edition: int) -> str:
    return f"{code}-{edition}"


def draft(
    code: str, edition: int, definition: dict[str, Any], based_on: int | None
) -> ProcessTemplate:
    """A version that is being written; it may still be anything but finishable."""
    template = _new(code, edition, definition, DRAFT)
    template.based_on = based_on
    template.record(
        ProcessTemplateDrafted(code=code, edition=edition, definition=definition, based_on=based_on)
    )
    return template


def publish(process: Process, definition: dict[str, Any]) -> ProcessTemplate:
    """A version that comes with the service; raises `Unfinishable`."""
    require_finishable(process)
    template = _new(process.code, process.version, definition, PUBLISHED)
    template.record(
        ProcessTemplatePublished(code=process.code, edition=process.version, definition=definition)
    )
    return template


def _new(code: str, edition: int, definition: dict[str, Any], status: str) -> ProcessTemplate:
    identifier = template_id(code, edition)
    return ProcessTemplate(
        id=identifier,
        key=identifier,
        code=code,
        edition=edition,
        status=status,
        definition=definition,
    )
