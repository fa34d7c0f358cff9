"""Events of the pipeline service, one module per part; read them from here.

A part lists its names here, so that readers need not know where an event is written down.
"""

from contracts.pipeline import (
    approvals,
    contracts,
    deals,
    files,
    leads,
    money,
    outcomes,
    prices,
    process,
    registrations,
    rhythm,
    team,
    tenders,
    views,
)
from contracts.pipeline.approvals import *  # noqa: F403
from contracts.pipeline.contracts import *  # noqa: F403
from contracts.pipeline.deals import *  # noqa: F403
from contracts.pipeline.files import *  # noqa: F403
from contracts.pipeline.leads import *  # noqa: F403
from contracts.pipeline.money import *  # noqa: F403
from contracts.pipeline.outcomes import *  # noqa: F403
from contracts.pipeline.prices import *  # noqa: F403
from contracts.pipeline.process import *  # noqa: F403
from contracts.pipeline.registrations import *  # noqa: F403
from contracts.pipeline.rhythm import *  # noqa: F403
from contracts.pipeline.team import *  # noqa: F403
from contracts.pipeline.tenders import *  # noqa: F403
from contracts.pipeline.views import *  # noqa: F403

__all__ = [
    *approvals.__all__,
    *contracts.__all__,
    *deals.__all__,
    *files.__all__,
    *leads.__all__,
    *money.__all__,
    *outcomes.__all__,
    *prices.__all__,
    *process.__all__,
    *registrations.__all__,
    *rhythm.__all__,
    *team.__all__,
    *tenders.__all__,
    *views.__all__,
]
