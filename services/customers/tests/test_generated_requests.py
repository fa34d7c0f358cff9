"""Whatever comes in is answered: requests made from the service's own OpenAPI document."""

from chassis.testkit.generated import send_generated
from chassis.testkit.running import Running

KNOWN = {
    "staff": ["li", "han"],
    "teams": ["north", "south"],
}


async def test_no_generated_request_is_answered_by_a_fault(customers: Running) -> None:
    sent = await send_generated(customers, known=KNOWN)
    assert len([one for one in sent if one.status < 300]) >= 10
