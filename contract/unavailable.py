"""What a stack, a style or a framework cannot do, with the reason: the apps say so, the suite expects it."""

UNAVAILABLE: dict[tuple[str, str, str, str], str] = {
    ("django", "vintage", "async", "orm_get"): "Django 3.2 has no methods of its ORM for coroutines.",
    ("django", "vintage", "async", "orm_list"): "Django 3.2 has no methods of its ORM for coroutines.",
    ("django", "vintage", "async", "signals"): "Django 3.2 has no Signal.asend: it cannot send to coroutine receivers.",
    **{
        ("django", "vintage", "async", endpoint): "Django 3.2 has no methods of its ORM for coroutines."
        for endpoint in ("articles_create", "articles_delete", "articles_tag")
    },
    ("django", "vintage", "async", "orders_create"): "Django 3.2 cannot await the methods of a view that is a class.",
}
"""Why an app answers 501, by app, stack, style and endpoint."""
