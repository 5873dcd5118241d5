"""Activities: what a person means to do, and how often."""
