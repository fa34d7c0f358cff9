"""Whatever comes in is answered: requests made from the service's own OpenAPI document."""

import pytest
from chassis.testkit.generated import send_generated
from chassis.testkit.running import Running

KNOWN = {
    "staff": ["rep-1", "rep-2", "boss", "director"],
    "teams": ["team-1", "east"],
    "customers": ["customer-1", "customer-2"],
    "contacts": ["buyer", "porter"],
}


@pytest.mark.timeout(300)  # hundreds of operations, and other tests beside it
async def test_no_generated_request_is_answered_by_a_fault(pipeline: Running) -> None:
    sent = await send_generated(pipeline, known=KNOWN)
    assert len([one for one in sent if one.status < 300]) >= 50
