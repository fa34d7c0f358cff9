"""A company with very many deals, put straight into MongoDB as the service stores them.

Skewed as companies are: few reps, customers and products have most of the deals, most deals are
closed, most of the open ones are early. The same people and customers at every size, so that two
sizes differ in nothing but the number of deals.
"""

import bisect
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from chassis.mongo import CODEC, Document
from pipeline.funnel.model import Changes, Share
from pipeline.funnel.store import CELLS, CONTROL, FIRST, FUNNEL, cell_document
from pipeline.opportunities.model import Opportunity, Terms
from pipeline.opportunities.search import words_of
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.templates.store import shipped
from pymongo import MongoClient

REGIONS = ("华东", "华北", "华南", "华中", "西南", "西北", "东北", "海外")
TEAMS_EACH, REPS_EACH = 5, 10
CUSTOMERS, PRODUCTS, LINES = 20_000, 60, 6
TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
CHUNK = 5_000
_PLACES = (
    "上海",
    "北京",
    "深圳",
    "杭州",
    "苏州",
    "成都",
    "武汉",
    "西安",
    "南京",
    "青岛",
    "宁波",
    "长沙",
)
_SIRS = (
    "华信",
    "中科",
    "天元",
    "恒达",
    "瑞丰",
    "金桥",
    "海纳",
    "博远",
    "鼎盛",
    "新宇",
    "联创",
    "正泰",
    "宏图",
    "万里",
    "东方",
    "启明",
)
_TRADES = (
    "电子",
    "机械",
    "医药",
    "能源",
    "物流",
    "化工",
    "食品",
    "汽车",
    "材料",
    "建设",
    "通信",
    "环保",
)
_FORMS = ["有限公司", "股份有限公司", "集团", "科技有限公司"]
_PROJECTS = ["数据中心", "生产线", "仓储系统", "办公楼", "实验室", "监控系统", "配电房", "空调机组"]
_KINDS = ["扩容项目", "新建项目", "改造项目", "维保", "采购", "二期"]
# Template, its share, how the open deals spread over its stages.
_TEMPLATES = (
    ("standard", 60, (30, 26, 20, 14, 10)),
    ("project", 30, (26, 20, 16, 12, 10, 9, 7)),
    ("simple", 10, (40, 30, 20, 10)),
)


class Drawn:
    """Draws by weight; the weights are added up once."""

    def __init__(self, weights: list[float], drawn: random.Random) -> None:
        self._sums = list(itertools.accumulate(weights))
        self._drawn = drawn

    def one(self) -> int:
        return bisect.bisect(self._sums, self._drawn.random() * self._sums[-1])


@dataclass
class Company:
    """Who and what the deals are about."""

    teams: list[Document] = field(default_factory=list)
    staff: list[Document] = field(default_factory=list)
    customers: list[Document] = field(default_factory=list)
    products: list[Document] = field(default_factory=list)


def a_company() -> Company:
    drawn = random.Random(1)
    made = Company()
    made.teams.append(_team("company", "公司", None, "director"))
    for number, region in enumerate(REGIONS):
        made.teams.append(_team(f"region-{number}", region, "company", f"manager-{number}", region))
        for team in range(TEAMS_EACH):
            name = f"team-{number}-{team}"
            made.teams.append(_team(name, name, f"region-{number}", f"{name}-lead"))
            made.staff += [
                {"_id": f"rep-{number}-{team}-{rep}", "name": f"销售{number}{team}{rep}"}
                | {"team_id": name, "region": region, "is_active": True}
                for rep in range(REPS_EACH)
            ]
    drawn.shuffle(made.staff)
    for number in range(CUSTOMERS):
        parts = (drawn.choice(one) for one in (_PLACES, _SIRS, _TRADES, _FORMS))
        made.customers.append({"_id": f"customer-{number}", "name": "".join(parts)})
    for number in range(PRODUCTS):
        made.products.append(
            {"_id": f"product-{number}", "name": f"GTX {number}", "line": f"系列{number % LINES}"}
        )
    return made


def _team(
    identifier: str, name: str, parent: str | None, leader: str, region: str | None = None
) -> Document:
    return {
        "_id": identifier,
        "name": name,
        "kind": "team",
        "parent_id": parent,
        "leader_id": leader,
        "region": region,
    }


class Deals:
    """Draws deals, and keeps the sums of those that it drew."""

    def __init__(self, company: Company, count: int) -> None:
        self._company = company
        self._count = count
        self._drawn = random.Random(20260302)
        self.changes = Changes()
        self._owner = Drawn([1 / (n + 3) ** 0.7 for n in range(len(company.staff))], self._drawn)
        self._customer = Drawn([1 / (n + 10) ** 0.8 for n in range(CUSTOMERS)], self._drawn)
        self._product = Drawn([1 / (n + 2) for n in range(PRODUCTS)], self._drawn)
        self._template = Drawn([share for _, share, _ in _TEMPLATES], self._drawn)
        self._stages = [Drawn(list(weights), self._drawn) for _, _, weights in _TEMPLATES]
        self._words: dict[str, list[str]] = {}
        self._processes = [shipped(code, 1) for code, _, _ in _TEMPLATES]
        empty = Opportunity(
            id="", key="", template="standard", template_version=1, terms=Terms(name=""), stage=1
        )
        self._empty = OPPORTUNITIES.document(empty) | {"rev": 0, "version": 1}
        del self._empty["uncounted"]

    def __iter__(self) -> Iterator[Document]:
        return (self._one(number) for number in range(self._count))

    def _one(self, number: int) -> Document:
        drawn = self._drawn
        owner = self._company.staff[self._owner.one()]
        customer = self._company.customers[self._customer.one()]
        product = self._company.products[self._product.one()]
        chosen = self._template.one()
        process = self._processes[chosen]
        chance = drawn.random()
        status = "open" if chance < 0.12 else "won" if chance < 0.5 else "lost"
        stage = process.won_stage if status == "won" else self._stages[chosen].one() + 1
        opened = TODAY - timedelta(days=int(drawn.random() ** 2 * 1800))
        closed = None
        if status != "open":
            closed = min(TODAY, opened + timedelta(days=drawn.randint(5, 200)))
        expected = TODAY + timedelta(days=drawn.randint(-30, 540)) if closed is None else closed
        amount = Decimal(int(drawn.lognormvariate(11, 1.4) * 100)) / 100
        is_parked = status == "open" and drawn.random() < 0.08
        probability = Decimal(1) if status == "won" else Decimal(0)
        if status == "open":
            probability = process.stage(stage).probability
        collaborators = []
        if drawn.random() < 0.1:
            collaborators = [self._company.staff[drawn.randrange(len(self._company.staff))]["_id"]]
        name = f"{customer['name'][2:4]}{drawn.choice(_PROJECTS)}{drawn.choice(_KINDS)}"
        progressed = NOW - timedelta(minutes=int(drawn.random() ** 2 * 1000 * 1440))
        money = {"amount": amount, "currency": "CNY"}
        self._count_in(
            Share(
                template=process.code,
                status="parked" if is_parked else status,
                stage=stage,
                currency="CNY",
                amount=amount,
                weighted=amount * probability,
                owner=owner["_id"],
                team=owner["team_id"],
                shared_with=tuple(one for one in collaborators if one != owner["_id"]),
                line=product["line"],
                month=expected.isoformat()[:7],
            )
        )
        return self._empty | {
            "_id": f"{drawn.getrandbits(64):016x}-{number:07}",
            "key": customer["_id"],
            "owner_id": owner["_id"],
            "team_id": owner["team_id"],
            "region": owner["region"],
            "collaborator_ids": collaborators,
            "template": process.code,
            "status": status,
            "stage": stage,
            "stage_since": progressed,
            "buyer_stage": stage if process.stage(stage).buyer_stage else None,
            "intent": drawn.choice(("none", "weak", "medium", "strong")),
            "is_parked": is_parked,
            "opened_on": opened.isoformat(),
            "closed_on": closed and closed.isoformat(),
            "won_amount": money if status == "won" else None,
            "created_at": NOW - timedelta(days=(TODAY - opened).days, seconds=number % 86400),
            "updated_at": progressed,
            "progressed_at": progressed,
            "words": self._words_of(name, customer["name"], product["name"]),
            "terms": self._empty["terms"]
            | {
                "name": name,
                "customer_id": customer["_id"],
                "product_id": product["_id"],
                "amount": money,
                "expected_close_on": expected.isoformat(),
                "collaborator_ids": collaborators,
                "forecast_call": drawn.choice((None, "commit", "best_case", "pipeline")),
            },
        }

    def _words_of(self, name: str, customer: str, product: str) -> list[str]:
        key = f"{name}|{customer}|{product}"
        if key not in self._words:
            if len(self._words) > 50_000:
                self._words.clear()
            self._words[key] = words_of(name, customer, [product], None)
        return self._words[key]

    def _count_in(self, share: Share) -> None:
        self.changes.replace(None, share)


def generate(uri: str, database: str, count: int) -> None:
    """Fill a database of its own; one that holds as many deals already is left as it is."""
    with MongoClient[dict[str, Any]](uri) as client:
        db = client.get_database(database, codec_options=CODEC)
        deals = db[OPPORTUNITIES.collection]
        if deals.estimated_document_count() == count and db[CONTROL].find_one({"_id": FUNNEL}):
            return
        client.drop_database(database)
        company = a_company()
        db["team_copy"].insert_many(company.teams)
        db["staff_copy"].insert_many(
            [
                {"_id": team["leader_id"], "name": team["leader_id"], "team_id": team["_id"]}
                for team in company.teams
            ]
        )
        db["staff_copy"].insert_many(company.staff)
        db["customer_copy"].insert_many(company.customers)
        db["products"].insert_many(company.products)
        drawn = Deals(company, count)
        for chunk in _chunks(drawn):
            deals.insert_many(chunk, ordered=False)
        deals.create_indexes(OPPORTUNITIES.indexes)
        cells = [cell_document(FIRST, cell, sums) for cell, sums in drawn.changes.sums.items()]
        for chunk in _chunks(cells):
            db[CELLS].insert_many(chunk, ordered=False)
        control = {"_id": FUNNEL, "active": FIRST, "building": None, "after": ""}
        db[CONTROL].insert_one(control)


def _chunks(items: Any) -> Iterator[list[Any]]:
    one = iter(items)
    while chunk := list(itertools.islice(one, CHUNK)):
        yield chunk
