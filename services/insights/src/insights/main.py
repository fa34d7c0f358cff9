"""The insights service as a list of parts."""

from chassis.clock import Clock
from chassis.consumer import Consumer
from chassis.core import Core
from chassis.http import create_app as http_app
from chassis.operations import router as operations
from chassis.relay import Relay
from chassis.watermarks import Watermarks
from fastapi import FastAPI

from insights import store
from insights.api.alerts import router as alerts
from insights.api.kpis import router as kpis
from insights.api.rebuild import router as rebuild
from insights.api.tiers import router as tiers
from insights.api.view_parts import router as view_parts
from insights.consumers import SUBSCRIPTIONS
from insights.evaluator.leader import Evaluator
from insights.events import EVENTS
from insights.queries.kpis import Remembered
from insights.settings import Settings
from insights.stream.folder import Folder
from insights.stream.following import ByHand, Followed
from insights.stream.holding import Holding, Remedies
from insights.stream.loop import Stream
from insights.stream.progress import Tracking
from insights.stream.rebuild import Rebuilding


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> FastAPI:
    settings = settings or Settings()
    core = Core(
        settings,
        name="insights",
        stored=store.STORED,
        events=EVENTS,
        indexes=store.INDEXES,
        clock=clock,
    )
    consumer = Consumer(core, SUBSCRIPTIONS)
    followed = Followed(core, consumer.intake)
    writer = f"stream:{settings.instance}"
    folder = Folder(core.client, core.db, followed.folded, writer=writer)
    tracking = Tracking(core, settings)
    evaluator = Evaluator(core, settings, tracking)
    core.wait_for = followed.wait_for
    core.redress = Remedies(core, consumer.intake)
    by_hand = ByHand(core, core.commits, SUBSCRIPTIONS, folder)
    core.intake = by_hand
    holding = Holding(core)
    app = http_app(
        core,
        routers=[kpis, tiers, alerts, rebuild, view_parts, operations],
        parts=[
            Relay(core),
            Watermarks(core),
            consumer,
            tracking,
            Stream(core, settings, folder, holding),
            Rebuilding(core, settings),
            evaluator,
        ],
        title="Tianlong insights",
    )
    app.state.progress = tracking
    app.state.figures = Remembered()
    app.state.evaluator = evaluator
    app.state.heed = lambda: holding.heed(by_hand.partitions, folder)
    return app
