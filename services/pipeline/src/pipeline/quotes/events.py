"""What is published about quotes. Never costs or margins: those are read by right only."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.quotes.model import facts

EVENTS: EventTable = {
    facts.QuoteDrafted: wire.QuoteDrafted,
    facts.QuoteChanged: wire.QuoteChanged,
    facts.QuoteSubmitted: wire.QuoteSubmitted,
    facts.QuoteApproved: wire.QuoteApproved,
    facts.QuoteRefused: wire.QuoteRefused,
    facts.QuoteReturned: wire.QuoteReturned,
    facts.QuoteSent: wire.QuoteSent,
    facts.QuoteAccepted: wire.QuoteAccepted,
    facts.QuoteRejected: wire.QuoteRejected,
    facts.QuoteExpired: wire.QuoteExpired,
    facts.QuoteWithdrawn: wire.QuoteWithdrawn,
    facts.QuoteRevised: wire.QuoteRevised,
    facts.QuoteSuperseded: wire.QuoteSuperseded,
}
