"""The slice rules: what a watch knows, nobody types."""
