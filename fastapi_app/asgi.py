"""What an ASGI server loads."""

from backing.outermost import Asgi
from backing.watch import Watch
from fastapi_app.app import create_app
from fastapi_app.watching import unwatch, watch

application = Asgi(create_app(), Watch(watch, unwatch))
