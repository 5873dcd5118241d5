"""Adapters: what the core needs from outside, made of real things."""
