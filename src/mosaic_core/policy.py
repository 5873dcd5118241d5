"""What the operator of a Mosaic decides."""

import datetime as dt

from attrs import field, frozen

from mosaic_core.validators import whole, zone_name


@frozen(kw_only=True)
class Policy:
    """What the operator decides; the defaults are those of a library.

    `token_lifetime` is how long a token lives, `audit_lifetime` how long audit rows are kept. `timezone` is
    the IANA name of the zone of people who set none. `max_activities` is how many activities one owner may
    have, inactive ones included; those who have more keep them. Whether a server makes backups by itself, and
    how many are kept, counts where no administrator has set it. `stream_allowed_hosts` are names, addresses
    or networks of cameras that everybody may open. Raises InvalidInput for an unknown zone.
    """

    registration_open: bool = True
    token_lifetime: dt.timedelta = dt.timedelta(hours=1)
    timezone: str = field(default="UTC", validator=zone_name)
    audit_lifetime: dt.timedelta = dt.timedelta(days=365)
    max_activities: int = 2_000
    backups_enabled: bool = True
    backup_keep: int = field(default=14, validator=whole(1, 10_000))
    stream_allowed_hosts: tuple[str, ...] = ()
