"""How the library `redis` reaches Valkey: Flask-Session and Django keep sessions there, and neither knows Valkey's own.

A request waits two seconds at most for a connection and for an answer. A connection that the server has closed is
opened again once; what did not answer in time is not asked again.
"""

from typing import Any

from redis import ConnectionError as Unconnected
from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from backing.settings import settings
from backing.valkey_client import CONNECTIONS, TIMEOUT_S

__all__ = ["RedisError", "redis_options", "redis_url"]


def redis_url() -> str:
    """Return where Valkey is, by the name of the protocol that the library knows."""
    url = settings().valkey_url
    return url.replace("valkey", "redis", 1) if url.startswith("valkey") else url


def redis_options() -> dict[str, Any]:
    """Return what a pool of connections, one that makes its callers wait, is made with."""
    return {
        "max_connections": CONNECTIONS,
        "timeout": TIMEOUT_S,
        "socket_timeout": TIMEOUT_S,
        "socket_connect_timeout": TIMEOUT_S,
        "retry": Retry(NoBackoff(), 1, (Unconnected,)),
    }
