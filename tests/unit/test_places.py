"""Places for exports."""

import pytest

from mosaic_core.errors import ServiceUnavailable, TooManyRequests
from mosaic_http.places import Places

ADA, BEN, CY, DAN = range(1, 5)


def test_nobody_has_more_places_than_one_may_have() -> None:
    places = Places(per_user=2)
    places.take(ADA)
    places.take(ADA)
    with pytest.raises(TooManyRequests) as caught:
        places.take(ADA)
    assert caught.value.details == {"retry_after": 5, "limit": 2}
    places.give_back(ADA)
    places.take(ADA)


def test_beyond_the_common_places_only_who_has_none_gets_one() -> None:
    places = Places(per_user=2, common=3, in_all=4)
    for user in (ADA, ADA, BEN):
        places.take(user)
    with pytest.raises(ServiceUnavailable) as caught:
        places.take(BEN)
    assert caught.value.details == {"retry_after": 5}
    places.take(CY)
    with pytest.raises(ServiceUnavailable):
        places.take(DAN)
    places.give_back(ADA)
    places.take(DAN)
