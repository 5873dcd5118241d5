"""What every adapter of a port promises: a class of tests for each port."""
