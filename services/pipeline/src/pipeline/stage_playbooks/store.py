"""Where stage playbooks and worklists lie."""

from chassis.store import Stored
from pymongo import ASCENDING, IndexModel

from pipeline.stage_playbooks.model import PlaybookProgress, StagePlaybook

STAGE_PLAYBOOKS = Stored(
    StagePlaybook,
    "stage_playbooks",
    indexes=[IndexModel([("template", ASCENDING), ("stage", ASCENDING)], name="stage")],
)
PLAYBOOK_PROGRESS = Stored(
    PlaybookProgress,
    "playbook_progress",
    indexes=[IndexModel([("opportunity_id", ASCENDING)], name="opportunity")],
)
