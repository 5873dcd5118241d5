"""Reading files that come."""

import os

from mosaic_adapters.text_lines import lines


def test_a_pipe_is_read_as_utf_8_without_looking_ahead() -> None:
    reading, writing = os.pipe()
    os.write(writing, "date,activity\n2024-06-01,Läufe\n".encode())
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert list(lines(pipe)) == ["date,activity\n", "2024-06-01,Läufe\n"]
