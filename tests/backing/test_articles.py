import hashlib

from backing.articles import articles, authors
from contract.bodies import encode
from contract.queries import ARTICLES, AUTHORS

DIGEST = "f4fc89407991b8eaa41414db469f6abee7ce0372d44a563c504de7c3d38b2a22"


def test_the_articles_are_the_same_bytes_on_every_machine() -> None:
    assert hashlib.sha256(encode((authors(), articles()))).hexdigest() == DIGEST


def test_there_are_as_many_articles_and_authors_as_the_contract_says() -> None:
    assert (len(articles()), len(authors())) == (ARTICLES, AUTHORS)
    assert {article.author_id for article in articles()} == {author.id for author in authors()}


def test_some_titles_are_hard_to_carry() -> None:
    titles = "".join(article.title for article in articles()[:200])
    assert all(mark in titles for mark in ("<script>", "&", '"', "'", "“", "深", "م", "Заметки", "🧵"))


def test_the_newest_article_has_the_highest_number() -> None:
    times = [article.created_at for article in articles()]
    assert times == sorted(times)
