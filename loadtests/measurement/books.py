"""The articles that cells write to, and what the database holds of them: looked at apart from any app."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from secrets import token_hex

from backing import direct
from backing.problem import Problem

_MAKE = (
    "INSERT INTO article (title, author_id, summary, body, likes, version, created_at)"
    " VALUES (%s, 1, 'Written to while it is measured', '', 0, 1, CURRENT_TIMESTAMP)"
)
_MAKE_AGAIN = (
    "INSERT INTO article (id, title, author_id, summary, body, likes, version, created_at)"
    " VALUES (%s, %s, 1, 'Written to while it is measured', '', 0, 1, CURRENT_TIMESTAMP)"
)
_FIND = "SELECT id FROM article WHERE author_id = 1 AND title = %s"
_COUNT = {
    "likes": "SELECT likes FROM article WHERE id = %s",
    "orders": 'SELECT count(*) FROM "order" WHERE article_id = %s',
}
_CLEAN = ('DELETE FROM "order" WHERE article_id = %s', "DELETE FROM article WHERE id = %s")


class Books:
    """Keeps articles to write to, and counts what is written; use it through `books`, which removes them in the end.

    An article keeps its id, but is in the database only while it is `open`: other work of the same run reads the newest
    articles, and these have to be the ones that every database holds.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._own = token_hex(8)
        self._titles: dict[int, str] = {}

    def article(self, name: str) -> int:
        """Return the id of the article of this name, which no other one gets; raise a problem where it is refused."""
        title = f"{name} {self._own}"[-200:]
        for known, held in self._titles.items():
            if held == title:
                return known
        try:
            with direct.cursor(self._url) as cursor:
                cursor.execute(_MAKE, (title,))
                cursor.execute(_FIND, (title,))
                ((article_id,),) = cursor.fetchall()
                self._titles[int(article_id)] = title
                cursor.execute(_CLEAN[-1], (article_id,))
        except direct.ERRORS as error:
            raise Problem(f"no article can be made to write to ({error}); let the user of the URL write") from None
        return int(article_id)

    @contextlib.contextmanager
    def open(self, *articles: int) -> Iterator[None]:
        """Have these articles in the database until the end of the block, each without likes and orders at first.

        Where the database has ended they are not there, which those who write to them are told by the apps.
        """
        # What a request that nobody waited for has left behind would be in the way.
        self._run((*_cleaning(articles), *((_MAKE_AGAIN, (each, self._titles[each])) for each in articles)))
        try:
            yield
        finally:
            self._run(_cleaning(articles))

    def count(self, what: str, article_id: int) -> int | None:
        """Return how many `likes` or `orders` an open article has, None where the database does not say."""
        with contextlib.suppress(*direct.ERRORS), direct.cursor(self._url) as cursor:
            cursor.execute(_COUNT[what], (article_id,))
            if row := cursor.fetchone():
                return int(row[0])
        return None

    def close(self) -> None:
        """Remove the articles, and what was written to them; a database that has ended keeps nothing anyway."""
        self._run(_cleaning(self._titles))

    def _run(self, statements: Sequence[tuple[str, tuple[object, ...]]]) -> None:
        if not statements:
            return
        with contextlib.suppress(*direct.ERRORS), direct.cursor(self._url) as cursor:
            for statement, values in statements:
                cursor.execute(statement, values)


def _cleaning(articles: Iterable[int]) -> tuple[tuple[str, tuple[object, ...]], ...]:
    return tuple((statement, (each,)) for each in articles for statement in _CLEAN)


@contextlib.contextmanager
def books(database_url: str) -> Iterator[Books]:
    """Keep books until the end of the block."""
    kept = Books(database_url)
    try:
        yield kept
    finally:
        kept.close()
