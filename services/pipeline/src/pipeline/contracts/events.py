"""What is published about contracts."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.contracts import model

EVENTS: EventTable = {
    model.ContractDrafted: wire.ContractDrafted,
    model.ContractChanged: wire.ContractChanged,
    model.ContractSubmitted: wire.ContractSubmitted,
    model.ContractApproved: wire.ContractApproved,
    model.ContractRefused: wire.ContractRefused,
    model.ContractSent: wire.ContractSent,
    model.ContractTakenBack: wire.ContractTakenBack,
    model.ContractDiscarded: wire.ContractDiscarded,
    model.SealUseRequested: wire.SealUseRequested,
    model.SealUseDecided: wire.SealUseDecided,
    model.ContractSealSet: wire.ContractSealSet,
    model.ContractSigned: wire.ContractSigned,
    model.ContractSupplemented: wire.ContractSupplemented,
    model.ContractCalledOff: wire.ContractCalledOff,
    model.ContractGivenBack: wire.ContractGivenBack,
    model.ContractNoted: wire.ContractNoted,
    model.ContractEnding: wire.ContractEnding,
    model.ContractEnded: wire.ContractEnded,
}
