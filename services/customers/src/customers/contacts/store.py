"""Where contacts lie; what is personal of them lies in `people`."""

from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from customers.contacts.model import Contact

CONTACTS = Stored(
    Contact,
    "contacts",
    indexes=[
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="of_customer"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="of_owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="of_team"),
        IndexModel([("collaborator_ids", ASCENDING)], name="shared_with"),
    ],
)
