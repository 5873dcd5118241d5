"""Processes that share memory."""

import multiprocessing
from multiprocessing.connection import Connection

from mosaic_http.shared_memory import SharedMemory

SPAWN = multiprocessing.get_context("spawn")


def work(memory: SharedMemory, pipe: Connection) -> None:
    """Take a part, write into it what comes, and tell which part that was."""
    part = memory.take()
    said = pipe.recv_bytes()
    part[: len(said)] = said
    pipe.send(next((number for number, one in enumerate(memory.parts) if one[0] == said[0]), None))
    pipe.recv_bytes()


class Worker:
    """A process that has a part."""

    def __init__(self, memory: SharedMemory, says: bytes) -> None:
        self.pipe, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(target=work, args=(memory, theirs))
        self.process.start()
        theirs.close()
        self.pipe.send_bytes(says)
        self.part = self.pipe.recv()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
