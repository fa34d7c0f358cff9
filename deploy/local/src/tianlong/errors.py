"""What can keep the runtime from doing its work, each told in one sentence with its remedy.

RuntimeProblem
├── MissingPrerequisite   something of the machine is not there
├── PortTaken             somebody else listens where we were told to
├── FolderUnusable        the data folder cannot be written
├── AlreadyRunning        another run holds the data folder
├── NotRunning            there is nothing to stop or to ask
├── PartDidNotStart       a process ended or stayed silent while starting
└── Refused               the gateway said no
"""


class RuntimeProblem(Exception):
    """One plain sentence for a person, with the remedy in it; the command line ends with 2."""


class MissingPrerequisite(RuntimeProblem):
    """Something of the machine that the runtime needs is not there."""


class PortTaken(RuntimeProblem):
    """Somebody else listens on the port that was asked for."""


class FolderUnusable(RuntimeProblem):
    """The data folder cannot be made or written."""


class AlreadyRunning(RuntimeProblem):
    """Another run holds the data folder."""


class NotRunning(RuntimeProblem):
    """No run holds the data folder."""


class PartDidNotStart(RuntimeProblem):
    """A process ended or stayed silent while it was being started."""


class Refused(RuntimeProblem):
    """The gateway answered with a problem document, or not at all (status 0)."""

    def __init__(self, sentence: str, status: int = 0) -> None:
        super().__init__(sentence)
        self.status = status
