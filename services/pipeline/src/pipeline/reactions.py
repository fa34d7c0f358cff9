"""What follows from facts within this service, in the unit that recorded them: one table."""

from chassis.reactions import ReactionTable

from pipeline.clocks.commands import keep_next, keep_quoted, keep_time
from pipeline.follow_ups.model import FollowUp
from pipeline.hand_overs import commands as hand_overs
from pipeline.opportunities.model import Opportunity
from pipeline.outcome_reviews import commands as outcome_reviews
from pipeline.quotes.model import Quote

REACTIONS: ReactionTable = {
    Opportunity: [keep_time, hand_overs.follow_deal, outcome_reviews.follow_deal],
    FollowUp: [keep_next],
    Quote: [keep_quoted],
}
