"""Threads of tests."""

import threading
from collections.abc import Callable

WAIT = 20.0
"""Seconds after which a test gives up on a thread."""


def in_threads(*works: Callable[[], object]) -> None:
    """Run the works in a thread each; all start together. Fails as the first of them that failed did."""
    start = threading.Barrier(len(works))
    failures: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(WAIT)
            work()
        except BaseException as error:  # noqa: BLE001  # told to the test
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    if failures:
        raise failures[0]
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
