"""Audit: what was changed, when and by whom."""
