"""Finding a user's sources, and the order of their ranks."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve

from mosaic_core.errors import NotFound
from mosaic_core.wearables.model import Origin, Source


def source_by_id(sources: Sequence[Source], source_id: int) -> Source:
    """Return the source with that id. Raises NotFound."""
    for source in sources:
        if source.id == source_id:
            return source
    raise NotFound(f"There is no source {source_id}")


def source_of(sources: Sequence[Source], origin: Origin) -> Source | None:
    """Return the source that the origin comes from, or None if it has never sent anything."""
    for source in sources:
        if (source.source_app, source.device_id) == (origin.source_app, origin.device_id):
            return source
    return None


def new_source(user_id: int, sources: Sequence[Source], origin: Origin, now: dt.datetime) -> Source:
    """Return a source for the origin, still without an id, that ranks below all of the user's sources."""
    return Source(
        id=0,
        user_id=user_id,
        source_app=origin.source_app,
        device_id=origin.device_id,
        display_name="",
        priority=sources[-1].priority + 1 if sources else 0,
        records=0,
        last_synced_at=now,
    )


def reranked(sources: Sequence[Source], source: Source, priority: int) -> list[Source]:
    """Return those of a user's sources that change when the source takes exactly that priority.

    Sources between its old and its new priority each move by one towards the old priority.
    """
    changed = [evolve(source, priority=priority)]
    for other in sources:
        if source.priority < other.priority <= priority:
            changed.append(evolve(other, priority=other.priority - 1))
        elif priority <= other.priority < source.priority:
            changed.append(evolve(other, priority=other.priority + 1))
    return changed
