"""The framework's own settings; what the environment decides is in `contract.settings`."""

# A handler's error goes to the error handlers, whatever the environment says.
# DIFFERS: every framework has settings of its own.
PROPAGATE_EXCEPTIONS = False
