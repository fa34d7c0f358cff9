"""What is published about invoices."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.invoices import model

EVENTS: EventTable = {
    model.InvoiceRequested: wire.InvoiceRequested,
    model.InvoiceIssued: wire.InvoiceIssued,
    model.InvoiceCancelled: wire.InvoiceCancelled,
    model.InvoiceReversed: wire.InvoiceReversed,
}
