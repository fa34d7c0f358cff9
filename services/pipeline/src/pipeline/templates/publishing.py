"""At the start of the service, its processes are published: each version once."""

from chassis.core import Core
from chassis.work import Work

from pipeline.templates.commands import publish_process
from pipeline.templates.store import definitions


class TemplatesPublished:
    """A part that is done as soon as it has started."""

    role = "worker"

    def __init__(self, core: Core) -> None:
        self._core = core
        self._is_done = False

    async def start(self) -> None:
        await self._core.commits.run(_publish_all)
        self._is_done = True

    async def stop(self) -> None:
        pass

    def ready(self) -> bool:
        return self._is_done


async def _publish_all(work: Work) -> None:
    for process, definition in definitions().values():
        await publish_process(work, process, definition)
