"""Routes: one file per slice; each parses, calls one use case and answers."""
