"""Mutations of what every site has: answers, routes, hooks, contexts, reads and waits."""

from contract.conformance.isolation import isolation
from contract.conformance.journal import journals
from contract.conformance.protocol import request_ids
from contract.conformance.sessions import sessions
from contract.conformance.suite import right_answers, right_refusals, unknown_paths
from contract.conformance.waits import queue, shared_loop
from tests.contract.mutation import Mutation

# What a module-level variable looks like where a context variable stood.
GLOBAL = """
class _Global:
    value = None
    def set(self, value):
        self.value = value
    def get(self):
        return self.value
    def reset(self, _):
        pass
{name} = _Global()
"""
IN_A_MODULE = '"framework": _attribute_of(sys.modules[__name__])'
TOKEN_HELD = (
    '"framework": (lambda request, token: setattr(request.state, "token", token), lambda request: request.state.token)',
    IN_A_MODULE,
)
TOKEN_HELD_IN_DJANGO = (
    '"framework": (lambda request, token: setattr(request, "token", token), lambda request: request.token)',
    IN_A_MODULE,
)
ADDENDS = ('addends: ContextVar[tuple[int, int]] = ContextVar("addends")\n', GLOBAL.format(name="addends"))
ACCESS = "connection(access)"
COOPERATIVE, BLOCKING = "await asyncio.sleep(ms / 1000)", "block(ms / 1000)"

FIRST = (
    Mutation(
        "one byte of an answer", "flask-thread", "flask_app/hello.py",
        (("json(Hello())", 'json(Hello("hallo"))'),), right_answers, "sync hello",
    ),
    Mutation(
        "a header that is missing", "django-coroutine", "django_app/answers.py",
        (('    response["Content-Length"] = str(len(response.content))\n', ""),), right_answers, "async hello",
    ),
    Mutation(
        "an incomplete Allow", "fastapi-coroutine", "fastapi_app/routing.py",
        (('", ".join(sorted(methods))', '"GET"'),), unknown_paths, "async hello does not answer POST",
    ),
    Mutation(
        "a bound that is not kept", "fastapi-thread", "fastapi_app/parameters.py",
        (("articles.LIMIT.parse", "int"),), right_refusals, "sync articles_list refuses limit='101'",
    ),
    Mutation(
        "a redirect to a path put right", "fastapi-thread", "fastapi_app/settings.py",
        (("REDIRECT_SLASHES = False", "REDIRECT_SLASHES = True"),), unknown_paths, "sync does not know /sync/hello/",
    ),
    Mutation(
        "a header too many", "django-thread", "django_app/settings.py",
        (("MIDDLEWARE = [", 'MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", '),),
        right_answers, "sync hello",
    ),
    Mutation(
        "a request id that is not looked at", "django-thread", "django_app/hooks.py",
        (('request_id(meta.get("HTTP_X_REQUEST_ID"))', 'meta.get("HTTP_X_REQUEST_ID") or "x"'),),
        request_ids, "sync replaces a request id of 65 characters",
    ),
    Mutation(
        "a failure that tells its reason", "flask-thread", "flask_app/errors.py",
        (("def on_failure(_: Exception)", "def on_failure(error: Exception)"),
         ("return refuse(500)", "return refuse(500, str(error.original_exception))")),
        right_answers, "sync fail kind='exception'",
    ),
    Mutation(
        "two hooks in the other order, before the request", "flask-thread", "flask_app/hooks.py",
        (("app.before_request(identify)", "app.before_request(LATER)"),
         ("app.before_request(prepare)", "app.before_request(identify)"), ("LATER", "prepare")),
        journals, "sync journal: success",
    ),
    Mutation(
        "two hooks in the other order, after the request", "flask-async-view", "flask_app/hooks.py",
        (("app.after_request(label)", "app.after_request(LATER)"),
         ("app.after_request(conclude)", "app.after_request(label)"), ("LATER", "conclude")),
        journals, "async journal: success",
    ),
    Mutation(
        "middleware in the other order", "django-coroutine", "django_app/settings.py",
        (("Identify", "LATER"), ("Prepare", "Identify"), ("LATER", "Prepare")),
        journals, "async journal: success",
    ),
    Mutation(
        "a signal that is not sent", "fastapi-coroutine", "fastapi_app/hooks.py",
        (("            tell(request_finished)\n", ""),), journals, "async journal: success",
    ),
    Mutation(
        "a journal that nobody asked for", "fastapi-thread", "backing/outermost.py",
        (('traced=(b"x-trace", b"1") in scope["headers"]', "traced=True"),),
        journals, "sync records nothing without X-Trace",
    ),
    Mutation(
        "a receiver that never ran", "django-thread", "django_app/signals.py",
        (('record("signal article_viewed")', "pass"),), journals, "sync journal: the receivers of a signal",
    ),
    Mutation(
        "a module-global in place of the request context", "flask-thread", "flask_app/context.py",
        (('"framework": _attribute_of(g)', IN_A_MODULE),),
        isolation, "sync context_echo keeps 200 concurrent requests apart",
    ),
    Mutation(
        "a module-global in place of the request's state", "fastapi-coroutine", "fastapi_app/context.py",
        (TOKEN_HELD,), isolation, "async context_echo keeps 200 concurrent requests apart",
    ),
    Mutation(
        "a module-global in place of the request", "django-thread", "django_app/context.py",
        (TOKEN_HELD_IN_DJANGO,), isolation, "sync context_echo keeps 200 concurrent requests apart",
    ),
    Mutation(
        "numbers to add in module-globals, in FastAPI", "fastapi-thread", "fastapi_app/context.py",
        (ADDENDS,), isolation, "sync context_add keeps 200 concurrent requests apart",
    ),
    Mutation(
        "numbers to add in module-globals, in Django", "django-asgi-sync", "django_app/context.py",
        (ADDENDS,), isolation, "sync context_add keeps 200 concurrent requests apart",
    ),
    Mutation(
        "numbers to add in module-globals, in Flask", "flask-async-view", "flask_app/hooks.py",
        (("g.a, g.b =", "Flask.a, Flask.b ="),), isolation, "async context_add keeps 200 concurrent requests apart",
        also=(("flask_app/context.py", "g.a + g.b", "__import__('flask').Flask.a + __import__('flask').Flask.b"),),
    ),
    Mutation(
        "a pooled read that opens a session", "flask-thread", "backing/access.py",
        ((ACCESS, 'connection("per-request")'),), sessions, "sync articles_get access=pooled",
    ),
    Mutation(
        "a pooled read that opens a session, on the loop", "fastapi-coroutine", "backing/access_async.py",
        ((ACCESS, 'connection("per-request")'),), sessions, "async articles_list access=pooled",
    ),
    Mutation(
        "a read from the pool that should open a session", "django-thread", "backing/access.py",
        ((ACCESS, 'connection("pooled")'),), sessions, "sync articles_random access=per-request",
    ),
    Mutation(
        "a read from the pool that should open a session, on the loop", "django-coroutine", "backing/access_async.py",
        ((ACCESS, 'connection("pooled")'),), sessions, "async articles_get access=per-request",
    ),
    Mutation(
        "the same article again and again", "fastapi-thread", "fastapi_app/articles.py",
        (("(random.randint(1, ARTICLES),)", "(7,)"),), right_answers, "sync articles_random",
    ),
    Mutation(
        "a cooperative wait that blocks the loop", "fastapi-coroutine", "fastapi_app/waiting.py",
        ((COOPERATIVE, "time.sleep(ms / 1000)"),), shared_loop, "async wait how=cooperative holds up nobody",
    ),
    Mutation(
        "a blocking wait that does not block the loop", "django-coroutine", "django_app/waiting.py",
        ((f"{COOPERATIVE}\n    else:\n        {BLOCKING}", f"{COOPERATIVE}\n    else:\n        {COOPERATIVE}"),),
        shared_loop, "async wait how=blocking holds up everybody",
    ),
    Mutation(
        "a blocking wait that does not block the greenlets", "flask-greenlet", "backing/blocking.py",
        (('monkey.get_original("time", "sleep")', "time.sleep"),),
        shared_loop, "sync wait how=blocking holds up everybody",
    ),
    Mutation(
        "a queue that is never noted", "django-thread", "backing/exchange.py",
        (("    exchange.hooks_ns = perf_counter_ns()\n", ""),),
        queue, "sync states the time before its first hook",
    ),
    Mutation(
        "a wait for a thread that is not noted", "fastapi-thread", "fastapi_app/routing.py",
        (("        arrived()\n", ""),), queue, "sync states the wait for a thread",
    ),
)  # fmt: skip
