"""What a person sees: steps, progress bars, tables, the closing words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tianlong.folder import DataFolder
from tianlong.prerequisites import Finding
from tianlong.status import PartStatus

# Lines are left whole: addresses and paths are there to be copied.
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def heading(text: str) -> None:
    out.print(escape(text))


def step(text: str) -> None:
    out.print(f"  [dim]·[/] {escape(text)}")


def problem(sentence: str) -> None:
    err.print(f"[red]✗[/] {escape(sentence)}")


@contextmanager
def bars() -> Iterator["Bars"]:
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=out, transient=True) as progress:
        yield Bars(progress)


class Bars:
    """One bar per name, made when the name first moves."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, Any] = {}

    def move(self, name: str, done: int, total: int) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total or None)
        self._progress.update(self._tasks[name], completed=done, total=total or None)

    def step(self, text: str) -> None:
        self._progress.console.print(f"  [dim]·[/] {escape(text)}")


def sign_in_words(folder: DataFolder, address: str, made_now: str | None) -> None:
    """Where it is, and how the administrator signs in; a new password is shown this once."""
    out.print(
        f"\n[bold green]Tianlong is ready[/] at [bold]{address}[/] (docs: {address}/api/v1/docs)"
    )
    file = folder.password_file("admin")
    kept = escape(str(file))
    if made_now:
        out.print(f"  administrator: [bold]admin[/] / [bold]{made_now}[/] (shown this once,")
        out.print(f"    kept in {kept}, readable by you only)")
    elif file.exists():
        out.print(f"  administrator: [bold]admin[/], password in {kept}")
    else:
        out.print("  administrator: [bold]admin[/], password as in TIANLONG_ADMIN_PASSWORD")


def sample_words(kpis: Mapping[str, Any], password_says: str) -> None:
    """The closing figures of the sample company, and who can sign in."""
    overall, currency = kpis["overall"], kpis["currency"]
    table = Table(title="The sample company", title_justify="left", box=None, show_header=False)
    table.add_row("opportunities", f"{overall['total']:,}")
    table.add_row(
        "won / lost / open", f"{overall['won']:,} / {overall['lost']:,} / {overall['open']:,}"
    )
    table.add_row("won amount", f"{overall['won_amount']} {currency}")
    table.add_row("win rate", f"{float(overall['win_rate'] or 0):.2%}")
    best = max(kpis["rows"], key=lambda row: float(row["won_amount"]), default=None)
    if best:
        table.add_row("best owner", f"{best['name']}, {best['won_amount']} {currency}")
    out.print()
    out.print(table)
    out.print("  sign-ins: [bold]darcel.schlecht[/] (rep), [bold]dustin.brinkmann[/] (supervisor),")
    out.print(f"    [bold]sales.director[/] and 39 more; password {password_says}")


def status_table(found: list[PartStatus]) -> None:
    table = Table(box=None, header_style="bold")
    for column in ("part", "pid", "memory", "ready", "restarts", "lag", "pending", "dead letters"):
        table.add_column(column, justify="left" if column in ("part", "ready") else "right")
    for part in found:
        table.add_row(
            part.name,
            _shown(part.pid),
            f"{part.memory_bytes / 1e6:.0f} MB" if part.memory_bytes is not None else "–",
            "[green]yes[/]" if part.ready else "[red]no[/]",
            str(part.restarts),
            _shown(part.consumer_lag),
            _shown(part.pending_events),
            _shown(part.dead_letters),
        )
    out.print(table)


def findings(found: list[Finding]) -> None:
    for finding in found:
        mark = "[green]✓[/]" if finding.is_good else "[red]✗[/]"
        out.print(f"{mark} {finding.subject}: {escape(finding.says)}")


def _shown(value: int | None) -> str:
    return "–" if value is None else str(value)
