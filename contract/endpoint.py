"""What an endpoint is: one method and path that all three apps answer alike."""

from dataclasses import dataclass

from contract.parameters import Parameter

STYLES = ("sync", "async")


@dataclass(frozen=True)
class Endpoint:
    """One method and path that all three apps answer alike.

    `path` is what follows the style (`/sync/`, `/async/`), or the whole path when `styled` is false; `{name}` stands
    for a path parameter. `does` is one sentence. `own_section` marks what is judged by a section of its own, because it
    writes, has a body to send, or answers with something else than JSON that is known beforehand.
    """

    name: str
    method: str
    path: str
    topic: str
    does: str
    parameters: tuple[Parameter, ...] = ()
    styled: bool = True
    own_section: bool = False

    def url(self, style: str, **path_parameters: object) -> str:
        """Return the path under `style` (ignored by an endpoint outside the styles)."""
        path = self.path.format(**path_parameters)
        return f"/{style}/{path}" if self.styled else path
