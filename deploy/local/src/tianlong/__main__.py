"""The `tianlong` command: run, stop, status, doctor here; the operations beside it."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tianlong import running, screen
from tianlong.errors import NotRunning, RuntimeProblem
from tianlong.folder import DataFolder
from tianlong.operations import operations
from tianlong.options import Data, Port
from tianlong.prerequisites import check_all
from tianlong.samples.loading import NAMES
from tianlong.status import statuses


class PlainProblems(typer.core.TyperGroup):
    """Tells a problem as its sentence, and ends with 2."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except RuntimeProblem as problem:
            screen.problem(str(problem))
            raise typer.Exit(2) from None


app = typer.Typer(
    cls=PlainProblems,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Tianlong: sales and customer management, all of it on this machine.",
)
app.add_typer(operations)


@app.command()
def run(
    data: Data = Path(".tianlong"),
    port: Port = 8080,
    sample: Annotated[
        str | None, typer.Option(help=f"Load a sample company: {', '.join(NAMES)}.")
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return once every process is ready.")
    ] = False,
) -> None:
    """Start everything: MongoDB, Kafka and the five processes. Ctrl-C stops all of it."""
    if sample is not None and sample not in NAMES:
        raise RuntimeProblem(f"There is no sample {sample!r}; there is: {', '.join(NAMES)}.")
    folder = DataFolder(data)
    start = running.run_detached if detach else running.run_here
    start(folder, port, sample)


@app.command(hidden=True)
def supervise(data: Data = Path(".tianlong"), port: Port = 8080) -> None:
    """What `run --detach` leaves behind: a run that tells its steps to the data folder only."""
    running.supervise(DataFolder(data), port)


@app.command()
def stop(data: Data = Path(".tianlong")) -> None:
    """Stop everything that runs on the data folder, in order."""
    running.stop(DataFolder(data))
    screen.out.print("Stopped.")


@app.command()
def status(
    data: Data = Path(".tianlong"),
    as_json: Annotated[bool, typer.Option("--json", help="A list, for programs.")] = False,
) -> None:
    """Per process: pid, memory, readiness, consumer lag, pending events, dead letters."""
    folder = DataFolder(data)
    try:
        holder = folder.holder()
    except NotRunning:
        if as_json:
            sys.stdout.write("[]\n")
        raise
    found, state = asyncio.run(statuses(folder)), folder.state()
    if as_json:
        sys.stdout.write(json.dumps([asdict(part) for part in found], indent=2) + "\n")
    else:
        screen.out.print(f"{state.address}, {state.phase}, supervised by pid {holder.pid}")
        screen.status_table(found)


@app.command()
def doctor(data: Data = Path(".tianlong"), port: Port = 8080) -> None:
    """Look at what the machine must bring, and say what to do where something is missing."""
    found = check_all(DataFolder(data), port)
    screen.findings(found)
    if not all(finding.is_good for finding in found):
        raise typer.Exit(2)


@app.command(hidden=True)
def fetch() -> None:
    """Fetch Kafka's jars; what `make setup` does last."""
    from tianlong.kafka_jars import kafka_jars

    screen.step(f"Kafka's jars are in {kafka_jars()}")


if __name__ == "__main__":
    app()
