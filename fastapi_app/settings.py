"""The framework's own settings; what the environment decides is in `contract.settings`."""

# The other two apps publish no schema; it would also answer paths that they do not have.
OPENAPI_URL = None
REDIRECT_SLASHES = False
