"""HTTP and the command line: two programs over the core."""
