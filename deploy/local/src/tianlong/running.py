"""A run from the person's side: in the foreground, detached, and stopping it."""

import asyncio
import contextlib
import sys

from rich.markup import escape

from tianlong import screen
from tianlong.client import signed_in
from tianlong.errors import NotRunning, PartDidNotStart, RuntimeProblem
from tianlong.folder import DataFolder, RunState
from tianlong.prerequisites import check_python
from tianlong.processes import last_words, spawn, wait_until
from tianlong.samples import loading
from tianlong.supervisor import Supervisor, Tell, end_leftovers

_ADMIN, _ADMIN_VARIABLE = "admin", "TIANLONG_ADMIN_PASSWORD"
_SAMPLE, _SAMPLE_VARIABLE = "sample", "TIANLONG_SAMPLE_PASSWORD"


def run_here(folder: DataFolder, port: int, sample: str | None) -> None:
    """Run until Ctrl-C or SIGTERM."""
    check_python()
    folder.make()
    with folder.held():
        password, is_new = folder.password(_ADMIN, _ADMIN_VARIABLE)
        address = f"http://127.0.0.1:{port}"

        async def when_ready() -> None:
            await _welcome(folder, address, password if is_new else None, sample)
            screen.out.print("\nCtrl-C stops everything; the data is kept.")

        screen.heading(f"Starting Tianlong on {folder.path}")
        asyncio.run(
            _supervisor(folder, port, screen.step, password).run(
                lambda: asyncio.ensure_future(when_ready())
            )
        )
        screen.out.print("Stopped; the data is kept.")


def run_detached(folder: DataFolder, port: int, sample: str | None) -> None:
    """Start a run that goes on by itself, and return once every process is ready."""
    check_python()
    folder.make()
    with folder.held():
        # Held for a moment only: whoever else runs here is told now, before anything is started.
        folder.keep_state(RunState())
        password, is_new = folder.password(_ADMIN, _ADMIN_VARIABLE)
    screen.heading(f"Starting Tianlong on {folder.path}")
    log = folder.log("supervisor")
    command = [sys.executable, "-m", "tianlong", "supervise"]
    child = spawn([*command, "--data", str(folder.path), "--port", str(port)], log=log)
    told = 0

    def is_settled() -> bool:
        nonlocal told
        state = folder.state()
        for text in state.steps[told:]:
            screen.step(text)
        told = max(told, len(state.steps))
        return state.phase in {"ready", "failed", "stopped"} or child.poll() is not None

    wait_until(is_settled, seconds=600, every=0.1)
    state = folder.state()
    if state.phase != "ready":
        raise PartDidNotStart(state.problem or f"The run ended.\n{last_words(log.parent)}")
    asyncio.run(_welcome(folder, state.address, password if is_new else None, sample))
    screen.out.print("\n`tianlong stop` stops everything; the data is kept.")


def supervise(folder: DataFolder, port: int) -> None:
    """The detached run itself."""
    with folder.held():
        password, _ = folder.password(_ADMIN, _ADMIN_VARIABLE)
        with contextlib.suppress(RuntimeProblem):  # told in the data folder already
            asyncio.run(_supervisor(folder, port, lambda _step: None, password).run())


def stop(folder: DataFolder) -> None:
    """Stop the run on the folder; also what a killed one left behind. Raises NotRunning."""
    if folder.is_held():
        holder = folder.holder()
        holder.stop(patience=90)
        wait_until(lambda: not folder.is_held(), 5)
        end_leftovers(folder, screen.step)
        return
    left: list[str] = []
    end_leftovers(folder, left.append)
    if not left:
        folder.holder()  # raises NotRunning, with its sentence
        raise NotRunning(f"Nothing runs on {folder.path}.")
    for text in left:
        screen.step(text)


def address(folder: DataFolder) -> str:
    """Where the run on the folder answers. Raises NotRunning."""
    folder.holder()
    return folder.state().address


def _supervisor(folder: DataFolder, port: int, tell: Tell, password: str) -> Supervisor:
    return Supervisor(folder, port=port, tell=tell, admin_password=password)


async def _welcome(
    folder: DataFolder, address: str, new_password: str | None, sample: str | None
) -> None:
    screen.sign_in_words(folder, address, new_password)
    if sample is not None:
        await _load_sample(folder, address)


async def _load_sample(folder: DataFolder, address: str) -> None:
    admin_password, _ = folder.password(_ADMIN, _ADMIN_VARIABLE)
    password, is_new = folder.password(_SAMPLE, _SAMPLE_VARIABLE)
    marker = folder.path / "sample-crm"
    if not marker.exists():
        screen.out.print("\nLoading the sample company through the gateway")
        with screen.bars() as bars:
            async with signed_in(address, _ADMIN, admin_password) as gateway:
                await loading.load(gateway, password, bars.step, bars.move)
            bars.step("insights is counting")
            await loading.figures(address, password, at_least=loading.crm().deals)
        marker.touch()
    kept = folder.password_file(_SAMPLE)
    if is_new:
        says = f"[bold]{password}[/] (shown this once, kept in {escape(str(kept))})"
    else:
        says = f"in {escape(str(kept))}" if kept.exists() else f"as in {_SAMPLE_VARIABLE}"
    screen.sample_words(await loading.figures(address, password), says)
