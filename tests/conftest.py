"""Settings of all tests."""

from hypothesis import settings

from mosaic_core.testing.strategies import unhurried
from support_examples import ARE_THE_SAME, EXAMPLES

settings.register_profile("mosaic", unhurried, max_examples=EXAMPLES, derandomize=ARE_THE_SAME)
settings.load_profile("mosaic")
