"""Put the colours of another ground into a specification, which is drawn for light ground."""

from typing import Any

from loadtests.report.charts.chart import Spec
from loadtests.report.charts.looks import LIGHT, Scheme


def exchange(scheme: Scheme) -> dict[str, str]:
    """Return which colour stands for which of the light ground."""
    ground = {getattr(LIGHT, name): getattr(scheme, name) for name in ("paper", "ink", "soft", "line")}
    return ground | dict(zip(LIGHT.marks, scheme.marks, strict=True))


def recoloured(spec: Spec, scheme: Scheme) -> Spec:
    """Return the specification in the colours of a scheme; its data are the same."""
    colours = exchange(scheme)
    found: Spec = {key: value if key == "data" else _deep(value, colours) for key, value in spec.items()}
    return found


def _deep(value: Any, colours: dict[str, str]) -> Any:  # noqa: ANN401 - whatever a specification holds
    if isinstance(value, dict):
        return {key: _deep(each, colours) for key, each in value.items()}
    if isinstance(value, list):
        return [_deep(each, colours) for each in value]
    return colours.get(value, value) if isinstance(value, str) else value
