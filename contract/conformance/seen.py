"""Does a handler see of a request what was sent? Methods, addresses, arguments, forms, files, cookies and headers."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode, urlsplit

from contract.conformance.answers import encoded
from contract.conformance.case import HTML, Case, differences, error, refusal
from contract.conformance.check import Check, judged
from contract.conformance.cookies import cookie_differences, without_cookies
from contract.conformance.questions import bad_cases
from contract.conformance.target import Target
from contract.conformance.visitor import FORM, JSON
from contract.endpoints import BY_NAME
from contract.inspecting import COOKIE, HEADER
from contract.limits import FIELDS, FILES

HOST = "elsewhere.example:8080"
QUERY = "a=1&b=%3Cb%3E+%26&a=3&empty=&text=%D0%B6%20%F0%9F%A7%B5"
ARGUMENTS = {"a": ["1", "3"], "b": ["<b> &"], "empty": [""], "text": ["ж 🧵"]}
FIELDS_SENT = {"a": ["2"], "name": ["Zoë", "小雨"], "empty": [""]}
BROWSER = {"Accept": "text/html", "Accept-Language": "fr, en;q=0.5", "User-Agent": "check/1"}
# By neither could a text be read; what is sent is UTF-8 all the same.
CODEC, OTHER_CODEC = "text/plain; charset=hex", "charset=unicode_escape"
BOUNDARY = "check-boundary-7MA4YWxk"
MULTIPART = ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
ATTRIBUTES = frozenset({"httponly", "path=/", "samesite=lax"})
SEE_OTHER = 303

# A field, the name that the file is sent with, what it holds, and the name that it has.
File = tuple[str, str, bytes, str]
FILES_SENT: tuple[File, ...] = (
    ("one", "notes.txt", b"line\r\n--not-the-boundary\r\nline", "notes.txt"),
    ("one", "../../naïve ☃.bin", bytes(range(256)) * 300, "naïve ☃.bin"),
    ("two", "/home/me/empty.txt", b"", "empty.txt"),
)


def seen(target: Target) -> Iterator[Check]:
    """Check what a request looks like from inside, and what the answer leaves with the caller."""
    path = f"/{target.style}/request"
    for case in (*_plain(target, path), *_forms(target, path), *_redirects(target, path)):
        yield _asked(target, case)
    for case in (*_malformed(target, path), *bad_cases(BY_NAME["request_show"], target)):
        answer = target.client.ask(case.path, method=case.method, headers=case.headers, body=case.sent)
        yield judged(case.name, differences(case, answer))


def _asked(target: Target, case: Case) -> Check:
    headers = [*BROWSER.items(), *case.headers]
    answer = target.client.ask(case.path, method=case.method, headers=headers, body=case.sent)
    marked = replace(case, extra={**case.extra, HEADER[0].lower(): HEADER[1]})
    wrong = [
        *differences(marked, without_cookies(answer)),
        *cookie_differences(answer, COOKIE[0], ATTRIBUTES, COOKIE[1]),
    ]
    return judged(case.name, wrong)


def _plain(target: Target, path: str) -> Iterator[Case]:
    yield Case(f"{target.style} request_show sees a bare request", path, _body(target, path))
    cookies = {"one": "1", "two": "zwei"}
    sent = (("Host", HOST), ("Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items())))
    right = _body(target, path, query=QUERY, host=HOST, arguments=ARGUMENTS, cookies=cookies)
    yield Case(f"{target.style} request_show sees all of a request", f"{path}?{QUERY}", right, headers=sent)
    right = _body(target, path, query=QUERY, arguments=ARGUMENTS, kind=CODEC)
    name = f"{target.style} request_show reads its query as UTF-8, whatever a body is said to be"
    yield Case(name, f"{path}?{QUERY}", right, headers=(("Content-Type", CODEC),))


def _forms(target: Target, path: str) -> Iterator[Case]:
    name, both = f"{target.style} request_send sees", f"{path}?{QUERY}"
    values = {**ARGUMENTS, "a": ["1", "3", "2"], "empty": ["", ""], "name": FIELDS_SENT["name"]}
    right = partial(
        _body, target, path, method="POST", query=QUERY, arguments=ARGUMENTS, form=FIELDS_SENT, values=values
    )
    sent = urlencode(FIELDS_SENT, doseq=True).encode()
    yield Case(f"{name} a form", both, right(kind=FORM[1]), "POST", headers=(FORM,), sent=sent)
    files = [
        {"field": field, "name": known, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for field, _, content, known in FILES_SENT
    ]
    sent = multipart(FIELDS_SENT, FILES_SENT)
    body = right(kind=MULTIPART[1], files=files)
    yield Case(f"{name} a form with files", both, body, "POST", headers=(MULTIPART,), sent=sent)
    kind = f"{MULTIPART[1]}; {OTHER_CODEC}"
    body, headers = right(kind=kind, files=files), (("Content-Type", kind),)
    yield Case(f"{name} UTF-8, whatever codec a form names", both, body, "POST", headers=headers, sent=sent)
    body = _body(target, path, method="POST", kind=JSON[1])
    yield Case(f"{name} no form in JSON", path, body, "POST", headers=(JSON,), sent=b'{"a":1}')
    yield Case(f"{name} nothing where nothing is sent", path, _body(target, path, method="POST"), "POST")


def _redirects(target: Target, path: str) -> Iterator[Case]:
    for method, name in (("GET", "request_show"), ("POST", "request_send")):
        for to in ("/", f"/{target.style}/hello?a=%D0%B6&b=//"):
            asked, extra = f"{path}?{urlencode({'redirect': to})}", {"location": to}
            yield Case(
                f"{target.style} {name} redirects to {to}",
                asked,
                b"",
                method,
                SEE_OTHER,
                extra=extra,
                content_type=HTML,
            )


def _malformed(target: Target, path: str) -> Iterator[Case]:
    name = f"{target.style} request_send"
    many = [("one", f"{number}.txt", b"x", "") for number in range(FILES + 1)]
    too_many = Case(f"{name} refuses {len(many)} files", path, error(413), "POST", 413, headers=(MULTIPART,))
    yield replace(too_many, sent=multipart({}, many))
    fields = {"a": ["x"] * (FIELDS + 1)}
    yield replace(too_many, name=f"{name} refuses {FIELDS + 1} parts", sent=multipart(fields, []))
    sent = urlencode(fields, doseq=True).encode()
    yield replace(too_many, name=f"{name} refuses {FIELDS + 1} fields", sent=sent, headers=(FORM,))
    # Wherever a form is read, whoever sends it.
    yield replace(
        too_many,
        name=f"{target.style} session_login refuses {FIELDS + 1} fields",
        path=f"/{target.style}/session/login",
        sent=sent,
        headers=(FORM,),
    )
    whole = multipart(FIELDS_SENT, [])
    bad = refusal(f"{name} refuses parts without a boundary", path, 400, method="POST")
    yield replace(bad, headers=(("Content-Type", "multipart/form-data"),), sent=whole)
    bad = replace(bad, headers=(MULTIPART,))
    yield replace(bad, name=f"{name} refuses a part without a name", sent=whole.replace(b'; name="a"', b""))
    yield replace(bad, name=f"{name} refuses a form that is cut off", sent=whole[: -len("--\r\n")])
    yield replace(bad, name=f"{name} refuses a field that is cut off", sent=whole[: -len(BOUNDARY)])
    yield replace(bad, name=f"{name} refuses bytes that are not escaped", sent=b"a=\xe9", headers=(FORM,))


def multipart(fields: dict[str, list[str]], files: Sequence[File]) -> bytes:
    """Return a body as browsers write it."""
    parts = [(f'name="{name}"', value.encode()) for name, values in fields.items() for value in values]
    parts += [(f'name="{field}"; filename="{name}"', content) for field, name, content, _ in files]
    lines = (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {what}\r\n\r\n".encode() + content + b"\r\n"
        for what, content in parts
    )
    return b"".join(lines) + f"--{BOUNDARY}--\r\n".encode()


def _body(
    target: Target,
    path: str,
    *,
    method: str = "GET",
    query: str = "",
    host: str = "",
    kind: str | None = None,
    **told: object,
) -> bytes:
    host = host or urlsplit(target.base_url).netloc
    full_path = f"{path}?{query}" if query else path
    arguments = told.get("arguments", {})
    return encoded(
        {
            "method": method,
            "path": path,
            "full_path": full_path,
            "url": f"http://{host}{full_path}",
            "base_url": f"http://{host}{path}",
            "host": host,
            "arguments": arguments,
            "form": told.get("form", {}),
            "values": told.get("values", arguments),
            "cookies": told.get("cookies", {}),
            "headers": {
                "Accept": BROWSER["Accept"],
                "Accept-Language": BROWSER["Accept-Language"],
                "Content-Type": kind,
                "User-Agent": BROWSER["User-Agent"],
            },
            "files": told.get("files", []),
        }
    )
