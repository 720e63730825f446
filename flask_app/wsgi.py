"""What a WSGI server loads."""

from backing.outermost import Wsgi
from backing.watch import Watch
from flask_app.app import create_app
from flask_app.watching import unwatch, watch

application = Wsgi(create_app(), Watch(watch, unwatch))
