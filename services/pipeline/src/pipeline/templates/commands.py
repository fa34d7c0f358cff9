"""What can be done with process templates."""

from chassis.mongo import Document
from chassis.work import Work

from pipeline.templates.model import Process, ProcessTemplate, publish, template_id
from pipeline.templates.store import PROCESS_TEMPLATES


async def publish_process(work: Work, process: Process, definition: Document) -> ProcessTemplate:
    """Tell everybody of a version of a process, once. Raises `Unfinishable`."""
    known = await work.find(PROCESS_TEMPLATES, template_id(process.code, process.version))
    return known or work.add(PROCESS_TEMPLATES, publish(process, definition))
