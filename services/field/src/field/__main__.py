"""`python -m field`"""

from chassis.process import run

from field.main import create_app
from field.settings import Settings

run(create_app, Settings(), name="field")
