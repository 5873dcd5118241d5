"""Where pages are read."""

from mosaic_core.lanes import Lane
from mosaic_http.call import Call
from mosaic_http.parameters import OFFSET

_NEAR = 2_000
"""Stores go over what lies before a page row by row; so many take less than a millisecond."""


def lane_of_page(call: Call) -> Lane:
    """Return where to read a list: a page that is far from the beginning takes long to get to."""
    return Lane.READ if call.query.get(OFFSET) <= _NEAR else Lane.LONG_READ
