"""Idempotency: a repeated request has one effect."""
