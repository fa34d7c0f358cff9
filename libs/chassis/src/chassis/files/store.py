"""Where files lie: what is recorded as documents, the bytes in GridFS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from gridfs import AsyncGridFSBucket, NoFile
from pymongo import ASCENDING, IndexModel

from chassis.files.model import File
from chassis.ids import new_id
from chassis.mongo import Database
from chassis.store import Stored

FILES = Stored(
    File,
    "files",
    indexes=[IndexModel([("attached_to", ASCENDING), ("_id", ASCENDING)], name="attached_to")],
)
_BUCKET = "file_contents"
_PIECE = 1 << 20


class Contents:
    """The bytes of files."""

    def __init__(self, db: Database) -> None:
        self._bucket = AsyncGridFSBucket(db, bucket_name=_BUCKET)

    async def keep(self, path: Path) -> str:
        """Put a file there; the id of its bytes."""
        identifier = new_id()
        async with self._bucket.open_upload_stream_with_id(identifier, identifier) as kept:
            with path.open("rb") as file:
                while piece := await asyncio.to_thread(file.read, _PIECE):
                    await kept.write(piece)
        return identifier

    async def read(self, identifier: str) -> AsyncIterator[bytes]:
        async with await self._bucket.open_download_stream(identifier) as kept:
            while piece := await kept.read(_PIECE):
                yield piece

    async def drop(self, identifier: str) -> None:
        with suppress(NoFile):
            await self._bucket.delete(identifier)
