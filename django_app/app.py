"""Put the site together."""

from django_app import articles, computing, context, errors, hello, signals, status, waiting
from django_app.routing import get

# DIFFERS: Django lists its URLs in one module, apart from the views.
urlpatterns = [
    get("sync/hello", hello.hello),
    get("async/hello", hello.hello_async),
    get("sync/context/add", context.context_add),
    get("async/context/add", context.context_add_async),
    get("sync/context/home", context.context_home),
    get("async/context/home", context.context_home_async),
    get("sync/context/echo", context.context_echo),
    get("async/context/echo", context.context_echo_async),
    get("sync/signals", signals.signals),
    get("async/signals", signals.signals_async),
    get("sync/articles", articles.articles_list),
    get("async/articles", articles.articles_list_async),
    get("sync/articles/random", articles.articles_random),
    get("async/articles/random", articles.articles_random_async),
    get("sync/articles/<id_text>", articles.articles_get),
    get("async/articles/<id_text>", articles.articles_get_async),
    get("sync/wait", waiting.wait),
    get("async/wait", waiting.wait_async),
    get("sync/cpu/python", computing.cpu_python),
    get("async/cpu/python", computing.cpu_python_async),
    get("sync/cpu/native", computing.cpu_native),
    get("async/cpu/native", computing.cpu_native_async),
    get("sync/fail", errors.fail),
    get("async/fail", errors.fail_async),
    get("health", status.health),
    get("stats", status.stats),
    get("journal/<id_text>", status.journal),
]

handler400 = errors.on_bad_request
handler404 = errors.on_not_found
handler500 = errors.on_failure
