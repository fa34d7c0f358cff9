"""What every test may ask for: a real MongoDB, a real Kafka, a clock that tests turn."""

pytest_plugins = ["chassis.testkit"]
