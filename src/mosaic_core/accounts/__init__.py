"""Accounts: who a person is, and who may call."""
