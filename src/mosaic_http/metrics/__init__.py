"""What is told of the server to programs that watch it."""
