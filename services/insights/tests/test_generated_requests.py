"""Whatever comes in is answered: requests made from the service's own OpenAPI document."""

from chassis.clock import VirtualClock
from chassis.testkit.generated import send_generated
from chassis.testkit.running import service
from insights.main import create_app


async def test_no_generated_request_is_answered_by_a_fault(
    mongodb_uri: str, clock: VirtualClock
) -> None:
    async with service(create_app, mongodb_uri, clock=clock) as running:
        sent = await send_generated(running)
    assert len([one for one in sent if one.status < 300]) >= 5
