"""The first administrator, from `TIANLONG_ADMIN_PASSWORD`: there is no built-in password."""

import structlog
from chassis.core import Core

from gateway.accounts import commands, model, store
from gateway.passwords import Passwords
from gateway.settings import Settings

log = structlog.get_logger()


class Administrator:
    """A part that acts once, at the start."""

    role = "api"

    def __init__(self, core: Core, settings: Settings, passwords: Passwords) -> None:
        self._core = core
        self._password = settings.admin_password
        self._passwords = passwords

    async def start(self) -> None:
        identifier = model.account_id(commands.ADMIN)
        if await store.find(self._core.db, identifier) is not None:
            return
        if self._password is None:
            log.warning("administrator.missing", remedy="set TIANLONG_ADMIN_PASSWORD")
            return
        hashed = await self._passwords.hashed(self._password.get_secret_value())
        await self._core.commits.run(lambda work: commands.open_first_administrator(work, hashed))

    async def stop(self) -> None:
        """Nothing runs."""

    def ready(self) -> bool:
        return True
