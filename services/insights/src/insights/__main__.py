"""`python -m insights`: the service as a process."""

from chassis.process import run

from insights.main import create_app
from insights.settings import Settings

run(create_app, Settings(), name="insights")
