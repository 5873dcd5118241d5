"""The core of Mosaic: plain Python, no clock, no file, no socket, no SQL, no HTTP."""
