"""The framework's own settings; what the environment decides is in `contract.settings`."""

import secrets

# Whoever starts the server chooses its address, and nothing here is built from the host.
ALLOWED_HOSTS = ["*"]
APPEND_SLASH = False
DEBUG = False
# Nothing that is signed outlives the process yet.
SECRET_KEY = secrets.token_hex()
USE_TZ = True

ROOT_URLCONF = "django_app.app"
INSTALLED_APPS = ["django_app.hooks.Site"]
# Nothing but the two hooks that the other apps have: every stock middleware would be work that they do not do.
MIDDLEWARE = ["django_app.hooks.Identify", "django_app.hooks.Prepare"]

# Errors of the server go to standard error with their traceback; errors of the caller are in the answer.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}
