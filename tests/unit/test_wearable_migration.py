"""A database of an earlier version keeps its samples and takes confidences of either kind."""

from itertools import takewhile
from pathlib import Path

from mosaic_adapters.sqlite.database import SqliteStore, connect
from mosaic_adapters.sqlite.migrations import MIGRATIONS
from support import a_caller
from wearable_records import heart, ingest

SAMPLES = "SELECT confidence, typeof(confidence), confidence_text FROM wearable_canonical_hr ORDER BY at"


def test_old_confidences_stay_numbers_and_new_ones_may_be_texts(tmp_path: Path) -> None:
    path = tmp_path / "mosaic.db"
    path.touch()
    old = connect(path, 1)
    earlier = list(takewhile(lambda one: "confidence_text" not in str(one), MIGRATIONS))
    for statement in [each for migration in earlier for each in migration]:
        old.execute(str(statement))
    old.execute(f"PRAGMA user_version = {len(earlier)}")
    old.execute("INSERT INTO users VALUES (1, 'ada', 'ada', 'Ada', 'x', 0, NULL, 0, '2026-01-01')")
    old.execute("INSERT INTO wearable_sources VALUES (1, 1, 'Watch', 'd0', '', 0, 1, '2026-01-01T00:00:00')")
    old.execute("INSERT INTO wearable_canonical_hr VALUES (1, '2026-01-01', 60, 1, 0, NULL, 0.5)")
    old.close()
    store = SqliteStore(path)
    told = [("high", "high"), ("number", 1), ("none", []), ("digits", "1")]
    records = [
        heart(key, f"2026-01-02T10:00:0{second}Z", confidence=confidence)
        for second, (key, confidence) in enumerate(told)
    ]
    assert ingest(store, a_caller(1), records).etl.processed == 4
    store.close()
    opened = connect(path, 1)
    assert opened.execute(SAMPLES).fetchall() == [
        (0.5, "real", None),
        (None, "null", "high"),
        (1.0, "real", None),
        (None, "null", None),
        (None, "null", "1"),
    ]
    opened.close()
