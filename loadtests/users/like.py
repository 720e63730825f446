"""The user of scenario `like`."""

from typing import ClassVar

from gevent.lock import RLock

from loadtests.messages import Exchange
from loadtests.scenarios import SCENARIOS
from loadtests.users.choice import Choice
from loadtests.users.lean import LeanUser
from loadtests.users.notes import NOTES
from loadtests.visiting import make_article, remove_article


class Like(LeanUser):
    """Likes an article that all such users of this process share: the first one makes it, the last one removes it."""

    scenario = "like"
    _making = RLock()
    _sharing: ClassVar[list["Like"]] = []
    _article: ClassVar[tuple[str, int]]

    def exchange(self, choice: Choice) -> Exchange:
        """Return a like, under the lock that is the scenario's."""
        with self._making:
            if not self._sharing:
                Like._article = (choice.base_url, make_article(choice.base_url))
                NOTES.beside += 1
            self._sharing.append(self)
        return SCENARIOS[self.scenario].write(choice.lane.styles[0], self._article[1], self.changed(choice))

    def on_stop(self) -> None:
        """Leave the article, beside what every user does."""
        super().on_stop()
        with self._making:
            if self in self._sharing:
                self._sharing.remove(self)
                if not self._sharing:
                    remove_article(*self._article)
                    NOTES.beside += 1
