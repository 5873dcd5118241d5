"""What makes ids that nobody can guess."""

from typing import Protocol


class NewId(Protocol):
    """Makes texts that nobody can guess and that never come twice."""

    def __call__(self) -> str:
        """Return a new one."""
        ...
