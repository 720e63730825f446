"""What a WSGI server loads."""

from backing.outermost import Wsgi
from flask_app.app import create_app
from flask_app.signals import watch

application = Wsgi(create_app(), watch)
