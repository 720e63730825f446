import contextvars
from pathlib import Path
from threading import Thread

from backing import journal
from backing.counter import ANSWERED, GARBLED, REFUSED, Counter, counted
from backing.exchange import LONGEST_JOURNAL, Exchange, current, record


def in_request(request_id: str, entries: int, *, traced: bool = True) -> None:
    current.set(Exchange(traced=traced))
    journal.file(request_id)
    for number in range(entries):
        record(f"entry {number}")


def run(request_id: str, entries: int, *, traced: bool = True) -> None:
    contextvars.copy_context().run(in_request, request_id, entries, traced=traced)


def test_nothing_is_recorded_of_a_request_that_is_not_traced() -> None:
    run("untraced", 3, traced=False)
    assert journal.find("untraced") is None


def test_a_journal_keeps_its_order_and_has_an_end() -> None:
    run("long", LONGEST_JOURNAL + 5)
    assert journal.find("long") == [f"entry {number}" for number in range(LONGEST_JOURNAL)]


def test_old_journals_are_forgotten() -> None:
    for number in range(journal.KEPT + 1):
        run(f"request-{number}", 1)
    assert journal.find("request-0") is None
    assert journal.find(f"request-{journal.KEPT}") == ["entry 0"]


def test_the_counter_loses_nothing_among_threads_and_shows_it_in_its_file(tmp_path: Path) -> None:
    counter = Counter(str(tmp_path))

    def count() -> None:
        for _ in range(1_000):
            counter.add()

    threads = [Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (file,) = tmp_path.iterdir()
    assert int.from_bytes(file.read_bytes(), "little") == counter.value == 8_000


def test_the_counters_of_a_process_share_its_file(tmp_path: Path) -> None:
    answered, refused = Counter(str(tmp_path)), Counter(str(tmp_path), REFUSED)
    for counter in (answered, refused, refused):
        counter.add()
    (file,) = tmp_path.iterdir()
    held = file.read_bytes()
    assert [counted(held, place) for place in (ANSWERED, REFUSED, GARBLED)] == [1, 2, 0]
    assert counted((1).to_bytes(8, "little"), REFUSED) is None
