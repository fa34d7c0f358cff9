"""`make bench`: every figure beside its raw baseline of the same run, kept in docs/benchmarks.

Figures are ratios because machines differ and are noisy; a figure alone says little.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tianlong.client import signed_in
from tianlong.imports import run_import

from tests.load import figures
from tests.load.figures import Figure
from tests.load.many import many_deals
from tests.load.running import ADMIN_PASSWORD, Bench
from tests.load.scale import scale

KEPT = Path(__file__).parents[2] / "docs/benchmarks"


async def measure(bench: Bench, deals: int, wanted: set[str]) -> list[Figure]:
    found: list[Figure] = []

    async def keep(name: str, make: Callable[[], Awaitable[list[Figure]]]) -> None:
        if wanted and name not in wanted:
            return
        print(f"… {name}", flush=True)
        for figure in await make():
            found.append(figure)
            ratio = "" if figure.ratio is None else f" = {figure.ratio:.2f} ×"
            print(f"  {figure.name}: {figure.value} | {figure.baseline}{ratio}", flush=True)

    bench.start()
    seconds = await bench.load_sample()
    await keep("import", lambda: figures.sample_import(bench, seconds))
    await bench.settled()
    await keep("memory", lambda: _now(figures.memory(bench)))
    await keep("kpis", lambda: figures.pipeline_kpis(bench, "8,800"))
    await keep("read", lambda: figures.one_read(bench))
    await keep("customer-360", lambda: figures.customer_360(bench))
    await keep("rebuild", lambda: figures.rebuild(bench))
    await keep("visible", lambda: figures.visible(bench))
    await keep("writes", lambda: figures.writes(bench))
    await bench.settled()
    await keep("warm-start", lambda: _now(figures.warm_start(bench)))
    if deals and (not wanted or "many" in wanted):
        await import_many(bench, deals)
        await keep("many", lambda: figures.pipeline_kpis(bench, f"{deals:,} more"))
    return found


async def _all(folder: Path, deals: int, many: int, wanted: set[str]) -> list[Figure]:
    """The suite's figures; then, by itself, what lists and the funnel cost among very many."""
    found: list[Figure] = []
    if not wanted or wanted - {"scale"}:
        bench = Bench(folder)
        try:
            found = await measure(bench, deals, wanted)
        finally:
            bench.stop()
    if many and (not wanted or "scale" in wanted):
        print(f"… scale: {many:,} opportunities", flush=True)
        found += await scale(many)
    return found


async def _now(found: list[Figure]) -> list[Figure]:
    return found


async def import_many(bench: Bench, deals: int) -> None:
    """Bring `deals` more deals in, through the gateway, and wait until they are counted."""
    print(f"… importing {deals:,} more deals", flush=True)
    async with signed_in(bench.address, "admin", ADMIN_PASSWORD) as gateway:
        await run_import(
            gateway,
            "opportunities",
            "many.csv",
            many_deals(deals),
            mapping="crm-sales-opportunities-opportunities",
            progress=lambda *_: None,
        )
    async with asyncio.timeout(600):
        while True:
            overall = bench.get("sales.director", "/kpis/pipeline")["overall"]
            if overall["total"] >= 8800 + deals:
                return
            await asyncio.sleep(1)


def table(found: list[Figure], when: str) -> str:
    """The figures as a Markdown page."""
    lines = [
        "# Benchmarks",
        "",
        f"`make bench`, {when}, {os.cpu_count()} cores, Python {platform.python_version()};",
        "load generator, suite, MongoDB and Kafka all on one machine.",
        "A figure counts as a ratio to its raw baseline of the same run.",
        "",
        "| figure | measured | baseline | ratio | aim | met |",
        "|---|---|---|---|---|---|",
    ]
    for figure in found:
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f} ×"
        met = {True: "yes", False: "**no**", None: ""}[figure.is_met]
        cells = (figure.name, figure.value, figure.baseline, ratio, figure.aim, met)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--deals", type=int, default=100_000, help="deals of the large import; 0 leaves it out"
    )
    parser.add_argument(
        "--many", type=int, default=1_000_000, help="deals that lists and the funnel are read among"
    )
    parser.add_argument("--only", nargs="*", default=[], help="figures to measure; all if none")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tianlong-bench-") as folder:
        found = asyncio.run(_all(Path(folder), chosen.deals, chosen.many, set(chosen.only)))
    when = datetime.now(UTC).date().isoformat()
    page = table(found, when)
    print(page)
    if not chosen.only:
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / "latest.md").write_text(page, encoding="utf-8")
        kept = {"on": when, "cores": os.cpu_count(), "figures": [asdict(one) for one in found]}
        (KEPT / "latest.json").write_text(
            json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    return 0 if all(figure.is_met is not False for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
