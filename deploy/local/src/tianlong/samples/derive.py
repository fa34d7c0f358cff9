"""From the files of the `crm` company to the rows that the imports take. Pure."""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

Row = dict[str, str]

DIRECTOR = "Sales Director"


def read_rows(text: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(text)))


def as_csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    """UTF-8, with the columns of the first row."""
    rows = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def staff_rows(teams: list[Row], deals: list[Row]) -> list[Row]:
    """One director, the managers as supervisors of a team each, the agents as reps.

    Superiors come before those whom they lead. All joined the day before the first deal.
    """
    first = min(date.fromisoformat(deal["engage_date"]) for deal in deals if deal["engage_date"])
    joined_on = (first - timedelta(days=1)).isoformat()

    def row(name: str, manager: str, region: str, role: str) -> Row:
        return {
            "name": name,
            "manager": manager,
            "region": region,
            "role": role,
            "joined_on": joined_on,
            "external_id": username(name),
        }

    regions = {team["manager"]: team["regional_office"] for team in teams}
    return [
        row(DIRECTOR, "", "", "director"),
        *(row(manager, DIRECTOR, region, "supervisor") for manager, region in regions.items()),
        *(
            row(team["sales_agent"], team["manager"], team["regional_office"], "rep")
            for team in teams
        ),
    ]


def customer_rows(accounts: list[Row], deals: list[Row]) -> list[Row]:
    """The accounts, parents first, each owned by the agent who won the most there.

    The file tells revenue in millions; the system takes it in units.
    """
    owners = owners_by_won_amount(deals)
    parents_first = sorted(accounts, key=lambda account: bool(account["subsidiary_of"]))
    return [
        {
            **account,
            "revenue": f"{Decimal(account['revenue']) * 1_000_000:.2f}",
            "owner": owners.get(account["account"], ""),
        }
        for account in parents_first
    ]


def owners_by_won_amount(deals: list[Row]) -> dict[str, str]:
    """The agent with the largest won amount at each account; the earlier name where two are even.

    An account without a won deal goes to the agent with the most deals there.
    """
    won: defaultdict[str, Counter[str]] = defaultdict(Counter)
    count: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for deal in deals:
        if not deal["account"]:
            continue
        count[deal["account"]][deal["sales_agent"]] += 1
        if deal["deal_stage"] == "Won":
            cents = int(Decimal(deal["close_value"]) * 100)
            won[deal["account"]][deal["sales_agent"]] += cents

    def best(agents: Counter[str]) -> str:
        return min(agents, key=lambda agent: (-agents[agent], agent))

    return {account: best(won[account] or count[account]) for account in count}


def product_rows(products: list[Row]) -> list[Row]:
    """The products, each with a code made from its name."""
    return [
        {**product, "code": re.sub(r"[^A-Z0-9]+", "-", product["product"].upper())}
        for product in products
    ]


def username(name: str) -> str:
    """How somebody signs in: the name in lower case with dots."""
    return ".".join(re.findall(r"[a-z0-9]+", name.lower()))
