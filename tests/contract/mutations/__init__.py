"""Small betrayals of the contract in a copy of an app, topic by topic."""

from tests.contract.mutations.database import DATABASE
from tests.contract.mutations.first import FIRST
from tests.contract.mutations.outward import OUTWARD
from tests.contract.mutations.pages import PAGES
from tests.contract.mutations.people import PEOPLE
from tests.contract.mutations.state import STATE
from tests.contract.mutations.writing import WRITING

MUTATIONS = (*FIRST, *DATABASE, *OUTWARD, *PEOPLE, *STATE, *WRITING, *PAGES)
