"""Connections to a Valkey or Redis whose waits are short."""

from typing import Any, TypeVar
from urllib.parse import urlsplit

import redis
from redis import asyncio as aioredis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

T = TypeVar("T")

PATIENCE_SECONDS = 0.25
"""No request waits longer for Valkey, and most wait a thousand times less."""

_AT_ONCE = 16
"""So many calls of one event loop are asked about at once; others wait for their turn."""

_REDIS = {"valkey": "redis", "valkeys": "rediss"}
"""The client's names of what it calls otherwise."""


def client_url(url: str) -> str:
    """Return the URL as the client understands it."""
    scheme, colon, rest = url.partition(":")
    return _REDIS.get(scheme, scheme) + colon + rest


def told_place(url: str) -> str:
    """Return where it is, as messages may tell it."""
    parts = urlsplit(url)
    return f"Valkey at {parts.path if parts.scheme == 'unix' else f'{parts.hostname}:{parts.port or 6379}'}"


def for_threads(url: str, patience: float) -> redis.Redis:
    """Return a client for threads. Raises ValueError or TypeError if the URL says what cannot be."""
    retry = Retry(NoBackoff(), 1, _LOST)
    pool = redis.ConnectionPool.from_url(client_url(url), retry=retry, **_plain(patience))
    pool.make_connection()
    return redis.Redis(connection_pool=pool)


def for_event_loop(url: str, patience: float) -> aioredis.ConnectionPool:
    """Return the connections of one event loop."""
    return aioredis.BlockingConnectionPool.from_url(
        client_url(url),
        max_connections=_AT_ONCE,
        timeout=None,
        retry=AsyncRetry(NoBackoff(), 1, _LOST),
        **_plain(patience),
    )


def _plain(patience: float) -> dict[str, Any]:
    """Return what makes connections that cost no more trips than their logins."""
    return {
        "protocol": 2,
        "driver_info": None,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        "socket_timeout": patience,
        "socket_connect_timeout": patience,
    }


_LOST = (redis.ConnectionError,)
"""What is worth a second try: a connection that was lost while it was idle. Silence is not."""
