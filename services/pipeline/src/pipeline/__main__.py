"""`python -m pipeline`: the service as a process."""

from chassis.process import run

from pipeline.main import create_app
from pipeline.settings import Settings

run(create_app, Settings(), name="pipeline")
