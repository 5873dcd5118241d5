"""What the wearable repositories in PostgreSQL have in common."""

from mosaic_adapters.postgresql.transaction import Transaction


class Tables:
    """Runs statements in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction
