"""What every test may ask for: a real MongoDB, a real Kafka, a clock that tests turn."""

# Tests are imported by their path, and `gateway/` is both a folder here and a package: whoever
# comes first has the name.
import gateway  # noqa: F401

pytest_plugins = ["chassis.testkit"]
