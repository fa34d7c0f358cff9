"""The operations of the `tianlong` command: imports, held messages, rebuilds.

All of them go through the gateway, signed in as somebody who may.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from tianlong import running, screen
from tianlong.client import Gateway, signed_in
from tianlong.errors import RuntimeProblem
from tianlong.folder import DataFolder
from tianlong.imports import import_path
from tianlong.options import Data, User
from tianlong.parts import SERVICES

operations = typer.Typer()
dead_letters = typer.Typer(
    no_args_is_help=True, help="The messages that could not be applied, and are held."
)
operations.add_typer(dead_letters, name="dead-letters")

T = TypeVar("T")

_HERE = Path(".tianlong")
Service = Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICES)}.")]
Letter = Annotated[str, typer.Argument(help="Its id, as `list` shows it.")]


@operations.command("import")
def import_files(
    kind: Annotated[str, typer.Argument(help="What the files hold: staff, customers, …")],
    files: Annotated[list[Path], typer.Argument(help="CSV or Excel.")],
    mapping: Annotated[str | None, typer.Option(help="The name of a saved mapping.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")
    ] = False,
    data: Data = _HERE,
    user: User = "admin",
) -> None:
    """Import files through the gateway."""

    async def work(gateway: Gateway) -> int:
        failed = 0
        for path in files:
            with screen.bars() as bars:
                job = await import_path(
                    gateway,
                    kind,
                    path,
                    mapping=mapping,
                    dry_run=dry_run,
                    progress=lambda done, total, name=path.name: bars.move(name, done, total),  # type: ignore[misc]
                )
            screen.step(job.sentence(path.name) + (" (nothing was changed)" if dry_run else ""))
            for warning in job.warnings[:10]:
                screen.step(f"  row {warning['row']}: {warning['message']}")
            failed += job.failed
            if job.failed:
                screen.step(f"  the failed rows: GET /api/v1/imports/{job.id}/errors")
        return failed

    if _signed_in(data, user, work):
        raise typer.Exit(1)


@dead_letters.command("list")
def list_letters(
    service: Annotated[str | None, typer.Argument(help="Only this service's.")] = None,
    data: Data = _HERE,
    user: User = "admin",
) -> None:
    """What is held, and why."""

    async def work(gateway: Gateway) -> list[tuple[str, dict[str, Any]]]:
        found = []
        for name in [service] if service else SERVICES:
            page = await gateway.get(f"/operations/{name}/dead-letters")
            found += [(name, letter) for letter in page["items"]]
        return found

    found = _signed_in(data, user, work)
    table = Table(box=None, header_style="bold")
    for column in ("service", "id", "state", "since", "reason", "error"):
        table.add_column(column, overflow="fold")
    for name, letter in found:
        shown = ("id", "state", "held_at", "reason", "error")
        told = [escape(str(letter.get(key) or "")) for key in shown]
        table.add_row(name, *told)
    screen.out.print(table if found else "Nothing is held.")


@dead_letters.command("show")
def show_letter(service: Service, letter: Letter, data: Data = _HERE, user: User = "admin") -> None:
    """One held message, whole."""
    path = f"/operations/{service}/dead-letters/{letter}"
    screen.out.print_json(data=_signed_in(data, user, lambda gateway: gateway.get(path)))


@dead_letters.command("replay")
def replay_letter(
    service: Service, letter: Letter, data: Data = _HERE, user: User = "admin"
) -> None:
    """Apply it again, and what waits behind it."""
    path = f"/operations/{service}/dead-letters/{letter}/replay"
    _signed_in(data, user, lambda gateway: gateway.post(path, {}))
    screen.out.print("Replayed.")


@dead_letters.command("skip")
def skip_letter(
    service: Service,
    letter: Letter,
    reason: Annotated[str, typer.Option(help="Why it may be passed over; it is kept.")],
    data: Data = _HERE,
    user: User = "admin",
) -> None:
    """Pass it over for ever, with a reason."""
    path = f"/operations/{service}/dead-letters/{letter}/skip"
    _signed_in(data, user, lambda gateway: gateway.post(path, {"reason": reason}))
    screen.out.print("Skipped.")


@operations.command()
def rebuild(
    projection: Annotated[str, typer.Argument(help="all, pipeline-kpis, tiers or timers.")],
    data: Data = _HERE,
    user: User = "admin",
) -> None:
    """Build a projection anew from the log, beside the one in use, and change over."""

    async def work(gateway: Gateway) -> dict[str, Any]:
        path = "/operations/insights/rebuild"
        told = await gateway.post(path, {"projection": projection})
        with screen.bars() as bars:
            while told["state"] != "done":
                bars.move(told["state"], 0, 0)
                await asyncio.sleep(0.25)
                told = await gateway.get(path)
        return dict(told)

    told = _signed_in(data, user, work)
    screen.out.print(f"Rebuilt; generation {told['active_generation']} is read now.")


def _signed_in(data: Path, user: str, work: Callable[[Gateway], Awaitable[T]]) -> T:
    folder = DataFolder(data)
    address, password = running.address(folder), _password(folder, user)

    async def doing() -> T:
        async with signed_in(address, user, password) as gateway:
            return await work(gateway)

    return asyncio.run(doing())


def _password(folder: DataFolder, user: str) -> str:
    """The administrator's as it was kept, else TIANLONG_PASSWORD, else asked for."""
    if user == "admin":
        kept = folder.password_file("admin")
        if kept.exists():
            return kept.read_text().strip()
        if given := os.environ.get("TIANLONG_ADMIN_PASSWORD"):
            return given
    if given := os.environ.get("TIANLONG_PASSWORD"):
        return given
    if not sys.stdin.isatty():
        raise RuntimeProblem(f"The password of {user} is not known; set TIANLONG_PASSWORD.")
    return str(typer.prompt(f"Password of {user}", hide_input=True))
