"""Where a session is kept: in a signed cookie, or in Valkey under an id that the cookie names."""

# DIFFERS: Flask opens a session for every request, before it looks for a route; what that costs is up to this module.

from datetime import UTC, datetime, timedelta
from typing import NoReturn

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionInterface, SessionMixin
from flask_session.redis import RedisSession, RedisSessionInterface
from redis import BlockingConnectionPool, Redis

from backing.session_store import RedisError, redis_options, redis_url
from backing.settings import settings
from contract.errors import Refused
from flask_app.answers import refuse


class Session(SecureCookieSession):
    """A session that notes when somebody asks what is in it, so that answers vary by the cookie."""

    def __contains__(self, name: object) -> bool:
        """Tell whether the session holds `name`; Flask 2.3 does not take this for reading."""
        self.accessed = True
        return super().__contains__(name)


class SessionInValkey(RedisSession):
    """The same, of a session in Valkey."""

    def __contains__(self, name: object) -> bool:
        """Tell whether the session holds `name`; Flask-Session does not take this for reading."""
        self.accessed = True
        return bool(super().__contains__(name))


class Unreachable(RedisSession):
    """The session of a request during which Valkey does not answer: who needs it is refused, all others are served."""

    def _refuse(self, *_: object) -> NoReturn:
        raise Refused(503)

    __contains__ = __getitem__ = __setitem__ = get = setdefault = pop = clear = _refuse


class Lasting(SessionInterface):
    """What is alike in both stores: when the cookie ends, and that whoever asks nothing of a session pays nothing."""

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> datetime | None:
        """Return when the cookie ends; None stands for the end of the browser."""
        del session  # all end alike
        return None if settings().session_ends_with_browser else datetime.now(UTC) + app.permanent_session_lifetime


class InCookie(Lasting, SecureCookieSessionInterface):
    """Flask's own sessions."""

    session_class = Session

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the session; where there is no cookie there is no signature to be checked."""
        return super().open_session(app, request) if "HTTP_COOKIE" in request.environ else Session()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the session; one that nobody asked for is as it was."""
        if session.accessed or session.modified:
            super().save_session(app, session, response)

    def regenerate(self, session: SessionMixin) -> None:
        """Do nothing: a cookie that holds the session itself has no id."""


class InValkey(Lasting, RedisSessionInterface):
    """The sessions of Flask-Session."""

    session_class = SessionInValkey

    def open_session(self, app: Flask, request: Request) -> RedisSession:
        """Read the session; this runs before any error handler could answer."""
        try:
            return super().open_session(app, request)
        except RedisError:
            return Unreachable(sid="")

    def regenerate(self, session: RedisSession) -> None:
        """Go on under a new id; the one so far names nothing any more."""
        try:
            super().regenerate(session)
        except RedisError:
            raise Refused(503) from None

    def save_session(self, app: Flask, session: RedisSession, response: Response) -> None:
        """Write the session; where that fails, the answer that was ready is not true any more."""
        try:
            if session.accessed or session.modified:
                super().save_session(app, session, response)
        except RedisError:
            refused = refuse(503)
            response.headers.remove("Location")
            response.headers.update(refused.headers)
            response.status, response.data = refused.status, refused.data


def install(app: Flask) -> None:
    """Choose the store by the environment."""
    app.config["SECRET_KEY"] = settings().secret_key
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(seconds=settings().session_lifetime_s)
    if settings().session_store == "cookie":
        app.session_interface = InCookie()
    else:
        pool = BlockingConnectionPool.from_url(redis_url(), **redis_options())
        app.session_interface = InValkey(app, Redis(connection_pool=pool), permanent=False)
