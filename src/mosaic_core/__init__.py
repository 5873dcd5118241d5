"""The core of Mosaic: activities, daily entries, statistics and wearables, in plain Python.

It needs a store, and nothing else:

    from mosaic_adapters.memory import MemoryStore
    from mosaic_core import Mosaic

    with Mosaic.over(MemoryStore()) as mosaic:
        ada = mosaic.person("ada", timezone="Europe/Berlin")
        ada.add("Running", 0.8, note="5 km")
        print(ada.today())
        print(ada.progress())

`mosaic_adapters` has stores in memory and on SQLite. Whoever writes another one implements the port `Store`
of `mosaic_core.store` and proves it with `mosaic_core.testing`.
"""

from mosaic_core.activities.model import Activity, ActivityChange, AddedActivity, NewActivity
from mosaic_core.app import Mosaic
from mosaic_core.asynchronous import AsyncMosaic, AsyncPerson
from mosaic_core.caching import Cache
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.entries.export import Export
from mosaic_core.entries.importing import ImportSummary
from mosaic_core.entries.merging import MergeActivity, Merged
from mosaic_core.entries.model import (
    AddEntry,
    Entry,
    EntryChange,
    EntryFilter,
    ListedEntry,
    TodayRow,
    WrittenEntry,
)
from mosaic_core.entries.service import Finalized
from mosaic_core.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    InvalidOperation,
    InvalidQuery,
    InvalidState,
    MosaicError,
    NotFound,
    SerializationFailure,
    ServiceUnavailable,
    StorageFull,
    Unauthorized,
)
from mosaic_core.lanes import Lane, Lanes
from mosaic_core.paging import Page
from mosaic_core.person import Person
from mosaic_core.policy import Policy
from mosaic_core.rules.model import ListedRule, Rule, RuleChange
from mosaic_core.schedules.agenda import ActivityHistory, Agenda, AgendaItem
from mosaic_core.schedules.model import AtLeast, AtMost, Daily, Every, Times, Weekdays
from mosaic_core.schedules.pauses import Pause, PauseChange
from mosaic_core.stats.model import Progress
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.wearables.model import Batch, IngestReport
from mosaic_core.wearables.pictures import DayPicture
from mosaic_core.wearables.trends import Trend, TrendWanted

__all__ = [
    "Activity",
    "ActivityChange",
    "ActivityHistory",
    "AddEntry",
    "AddedActivity",
    "Agenda",
    "AgendaItem",
    "AsyncMosaic",
    "AsyncPerson",
    "AtLeast",
    "AtMost",
    "Batch",
    "Cache",
    "Caller",
    "Clock",
    "Conflict",
    "Daily",
    "DayPicture",
    "Entry",
    "EntryChange",
    "EntryFilter",
    "Every",
    "Export",
    "Finalized",
    "Forbidden",
    "ImportSummary",
    "IngestReport",
    "InvalidInput",
    "InvalidOperation",
    "InvalidQuery",
    "InvalidState",
    "Lane",
    "Lanes",
    "ListedEntry",
    "ListedRule",
    "MergeActivity",
    "Merged",
    "Mosaic",
    "MosaicError",
    "NewActivity",
    "NotFound",
    "Page",
    "Pause",
    "PauseChange",
    "Person",
    "Policy",
    "Progress",
    "Rule",
    "RuleChange",
    "SerializationFailure",
    "ServiceUnavailable",
    "StorageFull",
    "Store",
    "Times",
    "TodayRow",
    "Trend",
    "TrendWanted",
    "Unauthorized",
    "UnitOfWork",
    "Weekdays",
    "WrittenEntry",
]
