"""What a WSGI server loads."""

import os

from django.core.wsgi import get_wsgi_application

from backing.outermost import Wsgi
from backing.watch import Watch
from django_app.signals import unwatch, watch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_app.settings")
application = Wsgi(get_wsgi_application(), Watch(watch, unwatch))
