"""Where the three apps are not mirrored, topic by topic."""

from tests.parity.asymmetries.admin import ADMIN
from tests.parity.asymmetries.database import DATABASE
from tests.parity.asymmetries.first import FIRST
from tests.parity.asymmetries.outward import OUTWARD
from tests.parity.asymmetries.pages import PAGES
from tests.parity.asymmetries.people import PEOPLE
from tests.parity.asymmetries.writing import WRITING

ASYMMETRIES = (*FIRST, *DATABASE, *OUTWARD, *PEOPLE, *ADMIN, *WRITING, *PAGES)
