"""Streams: watching a camera, which only those may open who are allowed to."""
