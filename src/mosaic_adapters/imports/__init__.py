"""Readers of other trackers' files: one file for each format, and what they read with."""
