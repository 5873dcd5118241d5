"""The store in memory."""

from mosaic_adapters.memory.store import MemoryStore

__all__ = ["MemoryStore"]
