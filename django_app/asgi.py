"""What an ASGI server loads."""

import os

from django.core.asgi import get_asgi_application

from backing.outermost import Asgi
from backing.watch import Watch
from django_app.hooks import start_up
from django_app.signals import unwatch, watch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_app.settings")
# DIFFERS: Django knows no lifespan; the wrapper speaks that protocol for it.
application = Asgi(get_asgi_application(), Watch(watch, unwatch), start_up)
