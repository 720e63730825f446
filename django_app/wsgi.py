"""What a WSGI server loads."""

import os

from django.core.wsgi import get_wsgi_application

from backing.outermost import Wsgi
from backing.watch import Watch
from django_app.requests import OverWsgi
from django_app.watching import unwatch, watch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_app.settings")
_handler = get_wsgi_application()
_handler.request_class = OverWsgi
application = Wsgi(_handler, Watch(watch, unwatch))
