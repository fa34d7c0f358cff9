"""The gateway, as a list of its parts."""

from datetime import timedelta

from argon2 import Parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from chassis.clock import Clock
from chassis.consumer import Consumer
from chassis.core import Core
from chassis.http import create_app as create_service
from chassis.operations import router as operations
from chassis.relay import Relay
from fastapi import FastAPI

from gateway import events_api, grants, problem_pages, views, wellknown
from gateway.accounts import api as accounts_api
from gateway.accounts.events import EVENTS
from gateway.accounts.store import ACCOUNTS
from gateway.administrator import Administrator
from gateway.callers import OwnCallers
from gateway.consumers import SUBSCRIPTIONS
from gateway.cookies import Csrf
from gateway.feed import Feed
from gateway.forwarding import Upstreams
from gateway.gate import Gate, Passes
from gateway.keys import KeyRing
from gateway.limits import Buckets
from gateway.live import Live
from gateway.openapi import published
from gateway.openapi import router as docs
from gateway.passwords import Passwords
from gateway.revocations import Revocations
from gateway.sessions import api as sessions_api
from gateway.sessions import store as sessions
from gateway.sessions.commands import Desk
from gateway.settings import Settings

__all__ = ["Settings", "create_app"]


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    password_cost: Parameters = RFC_9106_LOW_MEMORY,
) -> FastAPI:
    core = Core(
        settings,
        name="gateway",
        stored=[ACCOUNTS],
        events=EVENTS,
        indexes=sessions.INDEXES,
        clock=clock,
    )
    token_lifetime = timedelta(seconds=settings.access_seconds)
    keys = KeyRing(
        core.db,
        core.clock,
        issuer=settings.issuer,
        token_lifetime=token_lifetime,
        lifetime=timedelta(days=settings.key_days),
        poll_seconds=settings.key_poll_seconds,
    )
    revocations = Revocations(
        core.db,
        core.clock,
        token_lifetime=token_lifetime,
        poll_seconds=settings.revocation_seconds,
    )
    core.callers = callers = OwnCallers(
        settings, core.clock, keys=keys, revocations=revocations, grants=grants.DEFAULT
    )
    passwords = Passwords(waiting=settings.sign_ins_at_once, cost=password_cost)
    csrf = Csrf(core.db)
    upstreams = Upstreams(settings.upstreams, connections=settings.upstream_connections)
    feed, live = Feed(settings), Live(core)

    app = create_service(
        core,
        title="Tianlong",
        routers=[
            sessions_api.router,
            accounts_api.router,
            wellknown.commands,
            views.router,
            events_api.router,
            operations,
        ],
        parts=[
            keys,
            revocations,
            csrf,
            passwords,
            Administrator(core, settings, passwords),
            upstreams,
            feed,
            live,
            Relay(core),
            Consumer(core, SUBSCRIPTIONS),
        ],
    )
    for pages in (wellknown.router, problem_pages.router, docs):
        app.include_router(pages)
    app.openapi = published  # type: ignore[method-assign]
    app.state.keys = keys
    app.state.upstreams = upstreams
    app.state.feed = feed
    app.state.live = live
    app.state.desk = Desk(
        db=core.db,
        clock=core.clock,
        keys=keys,
        passwords=passwords,
        revocations=revocations,
        session_lifetime=timedelta(seconds=settings.refresh_seconds),
        token_lifetime=token_lifetime,
        csrf=csrf,
    )
    buckets = Buckets(settings.rate_per_second, settings.rate_burst)
    app.add_middleware(Gate, settings=settings, passes=Passes(callers, buckets, upstreams, csrf))
    return app
