"""The frameworks' own words, one sentence each, with the pages of their documentation that treat the topic."""

from loadtests.reader.glossary.content import CONTENT
from loadtests.reader.glossary.requests import REQUESTS
from loadtests.reader.glossary.running import RUNNING
from loadtests.reader.glossary.term import Term

__all__ = ["GLOSSARY", "Term"]

GLOSSARY: tuple[Term, ...] = (*REQUESTS, *RUNNING, *CONTENT)
