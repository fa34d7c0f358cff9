"""What is published about tenders: a contract of the same name for every fact."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.tenders import model

EVENTS: EventTable = {
    model.TenderRecorded: wire.TenderRecorded,
    model.TenderChanged: wire.TenderChanged,
    model.BidSubmitted: wire.BidSubmitted,
    model.BidApproved: wire.BidApproved,
    model.BidRefused: wire.BidRefused,
    model.BidHandedIn: wire.BidHandedIn,
    model.TenderOpened: wire.TenderOpened,
    model.TenderShortlisted: wire.TenderShortlisted,
    model.TenderDecided: wire.TenderDecided,
    model.BidBondPaid: wire.BidBondPaid,
    model.BidBondEnded: wire.BidBondEnded,
    model.BidBondOverdue: wire.BidBondOverdue,
}
