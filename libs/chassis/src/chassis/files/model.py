"""What is recorded about a file: that it was attached to a record, and that it was withdrawn.

The bytes never change; another version is another file. A withdrawn one is kept and not shown.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text


@dataclass(frozen=True, kw_only=True)
class FileAttached(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class FileWithdrawn(Fact):
    withdrawn_by: str
    reason: str | None


class FileIsWithdrawn(Refused):
    slug, status = "file-withdrawn", 410
    titles: ClassVar[Text] = {CHINESE: "附件已撤下", ENGLISH: "The file was withdrawn"}


@dataclass(kw_only=True)
class File(Aggregate):
    """`attached_to` is `<type>:<id>`; `media_type` is what it was found to be.

    `content_id` is where its bytes are.
    """

    TYPE: ClassVar[str] = "file"

    attached_to: str
    name: str
    media_type: str
    size: int
    sha256: str
    attached_by: str
    content_id: str
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_reason: str | None = None

    def withdraw(self, by: str, reason: str | None, *, at: datetime) -> None:
        self.require_shown()
        self.withdrawn_at, self.withdrawn_by, self.withdrawn_reason = at, by, reason
        self.record(FileWithdrawn(withdrawn_by=by, reason=reason))

    def require_shown(self) -> None:
        if self.withdrawn_at is not None:
            raise FileIsWithdrawn(
                {CHINESE: "附件已撤下", ENGLISH: f"it was withdrawn at {self.withdrawn_at}"}
            )


def attach(
    to: Aggregate,
    *,
    identifier: str,
    name: str,
    media_type: str,
    size: int,
    sha256: str,
    attached_by: str,
    content_id: str,
) -> File:
    """A file of that record: whoever may read the record may read it."""
    file = File(
        id=identifier,
        key=to.key,
        owner_id=to.owner_id,
        team_id=to.team_id,
        region=to.region,
        rights_of=to.governed_by(),
        attached_to=to.reference,
        name=name,
        media_type=media_type,
        size=size,
        sha256=sha256,
        attached_by=attached_by,
        content_id=content_id,
    )
    file.record(FileAttached())
    return file
