"""Files on the pipeline's records. Their names stay with the service: they may name people."""

from contracts.envelope import Event, event

__all__ = ["FileAttached", "FileWithdrawn"]


@event("file", "attached")
class FileAttached(Event, frozen=True, kw_only=True):
    """`attached_to` is the record, `<type>:<id>`; whoever may read it may read the file."""

    file_id: str
    attached_to: str
    media_type: str
    size: int
    sha256: str
    attached_by: str


@event("file", "withdrawn")
class FileWithdrawn(Event, frozen=True, kw_only=True):
    """It is kept, and shown no more."""

    file_id: str
    attached_to: str
    sha256: str
    withdrawn_by: str
    reason: str | None
