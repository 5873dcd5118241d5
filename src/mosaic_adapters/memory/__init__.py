"""The memory store: every repository in plain dictionaries."""
