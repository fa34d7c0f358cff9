"""A small service to be killed: accounts that take deposits and transfers, and tell them.

It uses the product's own write path, door and relay; only its business is made up. The name of the
service, and so of its topics and database, comes from outside, so that rounds never meet.
"""

import os
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import msgspec
from chassis.clock import Clock
from chassis.core import Core
from chassis.door import Door
from chassis.facts import Aggregate, Fact
from chassis.http import RequestModel
from chassis.http import create_app as http_app
from chassis.settings import ServiceSettings
from chassis.store import Stored
from chassis.watermarks import Watermarks
from chassis.work import Work
from contracts.envelope import Event, event
from fastapi import APIRouter, FastAPI, Response

from tests.chaos.rig import variants

NAME = os.environ["RIG_LEDGER"]

# The publisher of an event is the module that names it.
Booked = event("account", "booked")(
    cast(
        type[Event],
        msgspec.defstruct(
            "Booked",
            [("operation", str), ("amount", int)],
            bases=(Event,),
            module=NAME,
            frozen=True,
            kw_only=True,
        ),
    )
)


@dataclass(frozen=True, kw_only=True)
class AmountBooked(Fact):
    operation: str
    amount: int


@dataclass(kw_only=True)
class Account(Aggregate):
    TYPE: ClassVar[str] = "account"
    balance: int = 0

    def book(self, operation: str, amount: int) -> None:
        self.balance += amount
        self.record(AmountBooked(operation=operation, amount=amount))


ACCOUNTS = Stored(Account, "accounts")
router = APIRouter()


class Deposit(RequestModel):
    operation: str
    amount: int


class Transfer(RequestModel):
    operation: str
    payer: str
    payee: str
    amount: int


async def account(work: Work, identifier: str) -> Account:
    found = await work.find(ACCOUNTS, identifier)
    return found or work.add(ACCOUNTS, Account(id=identifier, key=identifier))


async def deposit(work: Work, identifier: str, operation: str, amount: int) -> Account:
    taken = await account(work, identifier)
    taken.book(operation, amount)
    return taken


async def transfer(work: Work, body: Transfer) -> Account:
    payer, payee = await account(work, body.payer), await account(work, body.payee)
    payer.book(body.operation, -body.amount)
    payee.book(body.operation, body.amount)
    return payer


def shown(result: Account) -> dict[str, Any]:
    return {"id": result.id, "balance": result.balance, "version": result.version}


@router.post("/accounts/{account_id}/deposits")
async def take_deposit(account_id: str, body: Deposit, door: Door) -> Response:
    return await door.run(
        lambda work: deposit(work, account_id, body.operation, body.amount), shown=shown
    )


@router.post("/transfers")
async def make_transfer(body: Transfer, door: Door) -> Response:
    return await door.run(lambda work: transfer(work, body), shown=shown)


def create_app(settings: ServiceSettings, *, clock: Clock | None = None) -> FastAPI:
    core = Core(settings, name=NAME, stored=[ACCOUNTS], events={AmountBooked: Booked}, clock=clock)
    relay = variants.chosen("relay")
    return http_app(core, routers=[router], parts=[relay(core), Watermarks(core)])
