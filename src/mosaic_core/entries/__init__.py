"""Entries: what a person did on a day."""
