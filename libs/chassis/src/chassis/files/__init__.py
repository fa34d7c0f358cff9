"""Files 附件 on records: kept in GridFS, with the rights of the record they are attached to.

`content` says whether a file is what it claims to be, `uploads` how one arrives, `model` what is
recorded about it, `store` where it lies, `api` the door, `records` which records may have files.

A service says `router(RECORDS)` among its routers, `FILES` among what it stores, and what it
publishes about `FileAttached` and `FileWithdrawn` in its table of events. A paper that needs a
file asks `require`.
"""

from chassis.files.api import router
from chassis.files.model import File, FileAttached, FileWithdrawn
from chassis.files.records import Attachable, attachable, require
from chassis.files.store import FILES

__all__ = [
    "FILES",
    "Attachable",
    "File",
    "FileAttached",
    "FileWithdrawn",
    "attachable",
    "require",
    "router",
]
