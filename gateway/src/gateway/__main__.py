"""`python -m gateway`"""

from chassis.process import run

from gateway.main import Settings, create_app

if __name__ == "__main__":
    run(create_app, Settings(), name="gateway")
