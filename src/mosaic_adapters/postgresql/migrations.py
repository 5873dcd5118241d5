"""The schema, as a list of migrations that only ever grows.

Each runs in a transaction of its own that holds one advisory lock, so that of several servers that start at
once one migrates and the others wait. Servers of the last version may be running meanwhile: a migration adds,
and what an older version needs is taken away by a later one at the earliest.
"""

from collections.abc import Iterator, Sequence

from psycopg import errors

from mosaic_adapters.postgresql.links import Link
from mosaic_adapters.postgresql.schema import FIRST, OWNED
from mosaic_core.errors import ServiceUnavailable

MIGRATIONS: Sequence[Sequence[str]] = (
    FIRST,
    (
        """ALTER TABLE activities ADD COLUMN schedule {text}, ADD COLUMN target {text},
                                  ADD COLUMN unit {text} NOT NULL DEFAULT ''""",
        "ALTER TABLE users ADD COLUMN day_start {text} NOT NULL DEFAULT '00:00'",
    ),
    (
        "CREATE SEQUENCE pauses_id",
        # The activity may be a shared one, and so another owner's: no foreign key leads there.
        """CREATE TABLE pauses (
            user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
            id bigint NOT NULL DEFAULT nextval('pauses_id'),
            first_day date NOT NULL,
            last_day date,
            activity_id bigint,
            reason {text} NOT NULL,
            PRIMARY KEY (user_id, id)
        ) {by_owner}""",
        "CREATE INDEX pauses_of_user ON pauses (user_id, first_day, id)",
        "CREATE INDEX pauses_activity ON pauses (activity_id)",
        """CREATE TABLE pasts (
            user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
            activity_key {text} NOT NULL,
            month integer NOT NULL,
            begin integer NOT NULL,
            first integer NOT NULL,
            through integer NOT NULL,
            days bytea NOT NULL,
            PRIMARY KEY (user_id, activity_key, month)
        ) {by_owner}""",
    ),
    (
        "ALTER TABLE entries ADD COLUMN origin {text} NOT NULL DEFAULT 'person'",
        "CREATE SEQUENCE rules_id",
        """CREATE TABLE rules (
            user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
            id bigint NOT NULL DEFAULT nextval('rules_id'),
            activity_id bigint NOT NULL,
            metric {text} NOT NULL,
            fill {text} NOT NULL,
            at_least float8,
            first_day date NOT NULL,
            enabled boolean NOT NULL,
            PRIMARY KEY (user_id, id),
            FOREIGN KEY (user_id, activity_id) REFERENCES activities ON DELETE CASCADE
        ) {by_owner}""",
        "CREATE UNIQUE INDEX rules_activity ON rules (user_id, activity_id)",
    ),
    ("CREATE INDEX webhook_deliveries_by_id ON webhook_deliveries (id)",),
)

_LOCK = 0x6D6F7361696301
_NOT_THE_OWNERS = (
    "its tables must be made or brought up to date by the role that owns them; this one may not do so"
)
_VERSIONS = (
    "CREATE TABLE IF NOT EXISTS mosaic_versions (version integer PRIMARY KEY, at timestamptz NOT NULL)"
)
_STRANGERS = """
    SELECT relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v')
    ORDER BY (relname = ANY(%s)) DESC, relname"""
_TEXT = 'text COLLATE "C"'


def migrate(link: Link, partitions: int = 0, *, makes_tables: bool = True) -> None:
    """Bring the database to the newest schema; split what belongs to people into so many parts, if any.

    Raises ServiceUnavailable if the database was made by a newer program, or has tables of another one; also
    if it is empty, unless this `makes_tables`; and if there is something to do that the role may not.
    """
    _require_utf8(link)
    if not makes_tables and not _version(link):
        raise ServiceUnavailable("it has no tables of Mosaic")
    while (done := _version(link)) < len(MIGRATIONS):
        try:
            _take_next(link, done, partitions)
        except errors.InsufficientPrivilege:
            raise ServiceUnavailable(_NOT_THE_OWNERS) from None
    if done > len(MIGRATIONS):
        raise ServiceUnavailable("it was made by a newer version of Mosaic")


def _take_next(link: Link, seen: int, partitions: int) -> None:
    """Take one migration, unless another server has taken it meanwhile."""
    with link.transaction(), link.unlimited():
        link.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        if _version(link) != seen:
            return
        if seen == 0:
            _require_alone(link)
            link.execute(_VERSIONS)
        for statement in _statements(MIGRATIONS[seen], partitions):
            link.execute(statement)
        link.execute("INSERT INTO mosaic_versions VALUES (%s, now())", (seen + 1,))


def _version(link: Link) -> int:
    """Return how many migrations the database has had."""
    row = link.execute("SELECT to_regclass('mosaic_versions') IS NOT NULL").fetchone()
    if row != (True,):
        return 0
    (version,) = link.execute("SELECT coalesce(max(version), 0) FROM mosaic_versions").fetchone() or (0,)
    return int(version)


def _require_alone(link: Link) -> None:
    """Raise ServiceUnavailable if another program has tables where Mosaic's would be."""
    found = [name for (name,) in link.execute(_STRANGERS, (["users", *OWNED],))]
    if found:
        raise ServiceUnavailable(f"it has tables of another program: {', '.join(found[:5])}")


def _require_utf8(link: Link) -> None:
    row = link.execute("SELECT current_setting('server_encoding')").fetchone()
    if row != ("UTF8",):
        raise ServiceUnavailable("its encoding must be UTF8")


def _statements(migration: Sequence[str], partitions: int) -> Iterator[str]:
    """Yield the statements as they are run; behind a table that is split, those that make its parts."""
    for statement in migration:
        is_split = partitions > 0 and "{by_owner}" in statement
        by_owner = "PARTITION BY HASH (user_id)" if is_split else ""
        yield statement.replace("{text}", _TEXT).replace("{by_owner}", by_owner)
        if is_split:
            table = statement.split()[2]
            for number in range(partitions):
                yield (
                    f"CREATE TABLE {table}_{number} PARTITION OF {table}"
                    f" FOR VALUES WITH (MODULUS {partitions}, REMAINDER {number})"
                )
