"""Webhooks: a person's own programs are told what happens."""
