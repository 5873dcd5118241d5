"""How many examples each property is tried with, and which."""

import os

EXAMPLES = max(8, int(os.environ.get("MOSAIC_EXAMPLES", "40")))
"""What takes long is tried with less, down to an eighth of them. `make properties` wants many more."""

ARE_THE_SAME = "MOSAIC_EXAMPLES" not in os.environ
"""Whether each run tries the same ones, so that none fails by chance. `make properties` searches."""
