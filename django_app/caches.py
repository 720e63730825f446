"""Django's cache in Valkey, in which it keeps sessions; Django 3.2 had none, and leaves it to `django-redis`."""

import json

from django.core.cache.backends.redis import RedisCache, RedisCacheClient


class Json:
    """How a value is written in Valkey: Django would unpickle whatever it finds there."""

    def dumps(self, value: object) -> bytes:
        """Return the value as JSON."""
        return json.dumps(value).encode()

    def loads(self, data: bytes) -> object:
        """Return what the JSON says."""
        return json.loads(data)


class Cache(RedisCache):
    """Django's own with one pool of connections in the process; under ASGI, Django would make one for every request."""

    _kept: list[RedisCacheClient] = []

    @property
    def _cache(self) -> RedisCacheClient:
        if not self._kept:
            self._kept.append(self._class(self._servers, **self._options))
        return self._kept[0]
