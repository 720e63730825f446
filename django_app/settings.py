"""The framework's own settings; what the environment decides is in `contract.settings`."""

from pathlib import Path
from typing import Any

import django

from backing.database_url import MARIADB, parts
from backing.driver import OPENED_AT_START, own_name
from backing.settings import settings as environment
from contract.sessions import COOKIE
from contract.settings import CONNECT_TIMEOUT_S

# Whoever starts the server chooses its address, and nothing here is built from the host.
ALLOWED_HOSTS = ["*"]
APPEND_SLASH = False
DEBUG = False
SECRET_KEY = environment().secret_key
USE_TZ = True

ROOT_URLCONF = "django_app.app"
INSTALLED_APPS = ["django_app.lifetime.Site"]
# Nothing but the two hooks that the other apps have: every stock middleware would be work that they do not do.
MIDDLEWARE = ["django_app.hooks.Identify", "django_app.hooks.Prepare"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).with_name(folder) for folder in ("templates", "admin_templates")],
        "OPTIONS": {"builtins": ["django.templatetags.static", "django_app.templating"]},
    }
]
STATIC_URL = "/static/"
# How large a request may be is the same in all apps: see limits.py.
DATA_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_NUMBER_FIELDS = DATA_UPLOAD_MAX_NUMBER_FILES = None

SESSION_COOKIE_NAME = COOKIE
SESSION_COOKIE_AGE = environment().session_lifetime_s
SESSION_EXPIRE_AT_BROWSER_CLOSE = environment().session_ends_with_browser
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
# One cookie is enough.
CSRF_USE_SESSIONS = True
if environment().session_store == "valkey":
    from backing.session_store import redis_options, redis_url

    SESSION_ENGINE = "django_app.stores"
    _new = {
        "BACKEND": "django_app.caches.Cache",
        "OPTIONS": {
            "serializer": "django_app.caches.Json",
            "pool_class": "redis.BlockingConnectionPool",
            **redis_options(),
        },
    }
    _old = {
        "BACKEND": "django_redis.cache.RedisCache",
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "CONNECTION_POOL_CLASS": "redis.BlockingConnectionPool",
            "CONNECTION_POOL_KWARGS": redis_options(),
        },
    }
    CACHES = {"default": {"LOCATION": redis_url(), **(_new if django.VERSION >= (4, 0) else _old)}}

# The ORM has connections of its own, called `LANE:PID:orm`, beside those of `backing.access`.
_named = parts(environment().database_url)
_DATABASE: dict[str, Any] = {
    "NAME": _named.database,
    "USER": _named.user,
    "PASSWORD": _named.password,
    "HOST": _named.socket or _named.host,
    "PORT": str(_named.port),
}
if _named.engine == MARIADB:
    import pymysql

    from backing.driver_mariadb import SESSION

    pymysql.install_as_MySQLdb()
    _DATABASE["ENGINE"] = "django_app.engines.mysql"
    _DATABASE["OPTIONS"] = {
        # Django 3.2 would take one that lacks most of what people write.
        "charset": "utf8mb4",
        "init_command": SESSION,
        "program_name": own_name("orm"),
        "connect_timeout": CONNECT_TIMEOUT_S,
        "read_timeout": environment().query_timeout_s,
        "write_timeout": environment().query_timeout_s,
        "ssl_disabled": True,
    }
else:
    _DATABASE["ENGINE"] = "django_app.engines.postgresql"
    _DATABASE["OPTIONS"] = {
        **_named.others,
        "application_name": own_name("orm"),
        "connect_timeout": CONNECT_TIMEOUT_S,
    }
if _named.engine == MARIADB or django.VERSION < (5, 1):
    # There is no pool: each thread keeps a connection, for this many seconds. Under ASGI, where a thread ends with its
    # request, it keeps none: see asgi.py.
    _DATABASE["CONN_MAX_AGE"] = 300
    _DATABASE["CONN_HEALTH_CHECKS"] = True
else:
    from backing.driver_postgres import Connection
    from django_app.engines.postgresql import refuse_waiting

    _DATABASE["OPTIONS"]["pool"] = {
        "min_size": min(OPENED_AT_START, environment().pool_size),
        "max_size": environment().pool_size,
        "timeout": environment().pool_timeout_s,
        "connection_class": Connection,
        # It would go on trying by itself, ever less often, and let all wait meanwhile.
        "reconnect_timeout": 0,
        "reconnect_failed": refuse_waiting,
    }
if _named.engine != MARIADB and django.VERSION < (4, 2):
    from backing import psycopg2_wait

    psycopg2_wait.install()
DATABASES = {"default": _DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

# Errors of the server go to standard error with their traceback; errors of the caller are in the answer.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}
