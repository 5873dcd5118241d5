"""Wearables: raw records become a daily picture."""
