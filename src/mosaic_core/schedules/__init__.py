"""Schedules: when an activity is wanted, what counts as done, and how strong a habit it has become."""
