"""What the operator of a Mosaic decides."""

import datetime as dt

from attrs import field, frozen

from mosaic_core.rules import zone_name


@frozen(kw_only=True)
class Policy:
    """What the operator decides; the defaults are those of a library.

    `token_lifetime` is how long a token lives, `audit_lifetime` how long audit rows are kept. `timezone` is
    the IANA name of the zone of people who set none. Raises InvalidInput for an unknown zone.
    """

    registration_open: bool = True
    token_lifetime: dt.timedelta = dt.timedelta(hours=1)
    timezone: str = field(default="UTC", validator=zone_name)
    audit_lifetime: dt.timedelta = dt.timedelta(days=365)
