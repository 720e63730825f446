"""The framework's own settings; what the environment decides is in `contract.settings`."""

# A handler's error goes to the error handlers, whatever the environment says.
# DIFFERS: every framework has settings of its own.
PROPAGATE_EXCEPTIONS = False
# A session lasts from when it was written; else every request that has one would write it again.
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_REFRESH_EACH_REQUEST = False
# How large a request may be is the same in all apps: see limits.py.
MAX_FORM_MEMORY_SIZE = None
