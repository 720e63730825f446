"""A receiver that nobody else holds: the signal refers to it weakly, and it is gone before the first request."""

from blinker import Signal
from django.dispatch import Signal as DjangoSignal

told: list[str] = []
blinker, django = Signal(), DjangoSignal()


def connect(*, weak: bool) -> None:
    """Connect receivers that are made here, as those of an extension or a class are."""

    def receive(*_: object, **__: object) -> None:
        told.append("told")

    blinker.connect(receive, weak=weak)
    django.connect(receive, weak=weak)


def send() -> int:
    """Send both signals once, and return how many receivers were told."""
    told.clear()
    blinker.send(None)
    django.send(None)
    return len(told)


if __name__ == "__main__":
    connect(weak=True)
    print(f"connected as usual: {send()} of 2 receivers are told")  # noqa: T201
    connect(weak=False)
    print(f"weak=False: {send()} of 2 receivers are told")  # noqa: T201
