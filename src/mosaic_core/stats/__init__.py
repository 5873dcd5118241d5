"""Statistics: how well the days match the goals."""
