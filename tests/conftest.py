"""Settings of all tests."""

from hypothesis import settings

from mosaic_core.testing.strategies import unhurried

settings.register_profile("unhurried", unhurried)
settings.load_profile("unhurried")
