"""The formats that there are. A new one is a reader in a file of its own, and a line here."""

from collections.abc import Sequence

from mosaic_adapters.imports.activitywatch import ActivityWatch
from mosaic_adapters.imports.apple_health import AppleHealth
from mosaic_adapters.imports.beaverhabits import BeaverHabits
from mosaic_adapters.imports.fitbit import Fitbit
from mosaic_adapters.imports.habitbull import HabitBull
from mosaic_adapters.imports.habitica import Habitica
from mosaic_adapters.imports.health_connect import HealthConnect
from mosaic_adapters.imports.loop_csv import LoopCsv
from mosaic_adapters.imports.loop_db import LoopDatabase
from mosaic_adapters.imports.mosaic_files import MosaicCsv, MosaicJson
from mosaic_adapters.imports.rewire_db import Rewire
from mosaic_adapters.imports.tickmate_db import Tickmate
from mosaic_core.imports.ports import FileReader

READERS: Sequence[FileReader] = (
    LoopDatabase(),
    LoopCsv(),
    HabitBull(),
    Tickmate(),
    Rewire(),
    BeaverHabits(),
    Habitica(),
    AppleHealth(),
    Fitbit(),
    HealthConnect(),
    ActivityWatch(),
    MosaicCsv(),
    MosaicJson(),
)
"""In this order they are asked whose a file is."""
