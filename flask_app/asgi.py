"""What an ASGI server loads."""

from a2wsgi import WSGIMiddleware

from backing.access import settings
from backing.outermost import Asgi
from backing.watch import Watch
from flask_app.app import create_app
from flask_app.watching import unwatch, watch

# DIFFERS: Flask is WSGI at heart; every request runs in a thread of this adapter's.
application = Asgi(WSGIMiddleware(create_app(), workers=settings().threads), Watch(watch, unwatch))  # type: ignore[arg-type]
