"""`python -m customers`"""

from chassis.process import run

from customers.main import create_app
from customers.settings import Settings

run(create_app, Settings(), name="customers")
