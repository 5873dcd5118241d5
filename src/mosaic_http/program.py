"""The installed command, which may be there without what it needs."""

import sys


def main() -> None:
    """Run the command line; say in one line what to install for it, or what the system refuses."""
    try:
        from mosaic_http.cli import main as run  # noqa: PLC0415  # needs the extra
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("mosaic_"):
            raise
        sys.exit(
            f"Error: The server is not installed ({error.name} is missing); this does it:"
            " pip install 'mosaic-tracker[server]'"
        )
    try:
        run()
    except OSError as error:
        sys.exit(f"Error: {_told(error)}")


def _told(error: OSError) -> str:
    """Return what a person is told of a file that cannot be used, or an output that takes no more."""
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason
