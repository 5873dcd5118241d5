"""Which release of Mosaic this is."""

from importlib.metadata import version

VERSION = version("mosaic-tracker")
