"""What follows from facts within this service, in the unit that recorded them: one table."""

from chassis.reactions import ReactionTable

from pipeline.clocks.commands import keep_next, keep_quoted, keep_time
from pipeline.follow_ups.model import FollowUp
from pipeline.opportunities.model import Opportunity
from pipeline.quotes.model import Quote

REACTIONS: ReactionTable = {
    Opportunity: [keep_time],
    FollowUp: [keep_next],
    Quote: [keep_quoted],
}
