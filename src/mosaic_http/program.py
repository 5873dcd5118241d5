"""The installed command, which may be there without what it needs."""

import sys


def main() -> None:
    """Run the command line, or say in one line what to install for it."""
    try:
        from mosaic_http.cli import main as run  # noqa: PLC0415  # needs the extra
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("mosaic_"):
            raise
        sys.exit(
            f"Error: The server is not installed ({error.name} is missing); this does it:"
            " pip install 'mosaic-tracker[server]'"
        )
    run()
