"""The colours of the pictures, by the names that the style sheet gives them: one table for pages and for files.

On a page the style sheet decides, and with it the theme of the visitor; a file that is taken away keeps the light ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

COLOURS: Mapping[str, str] = {
    "paper": "#fff",
    "ink": "#1b2228",
    "soft": "#55616b",
    "line": "#d5dbe0",
    "required": "#0c4a5e",
    "required-ink": "#fff",
    "comply": "#23708a",
    "comply-ink": "#fff",
    "preferred": "#8fc4d3",
    "considered": "#c0dee7",
    "permitted": "#e2f0f4",
    "scale-ink": "#0d2b36",
    "beside": "#f3e4c0",
    "beside-2": "#faf3e2",
    "beside-ink": "#4a3500",
    "blank": "#eceff1",
    "blank-ink": "#48535c",
    "hatch": "#d3dade",
}


@dataclass(frozen=True, slots=True)
class Paint:
    """How one key is painted: names of colours, and the dashes of the edge (SVG `stroke-dasharray`)."""

    fill: str
    ink: str
    edge: str = ""
    dash: str = ""


_PAINTS: Mapping[str, Paint] = {
    "required": Paint("required", "required-ink"),
    "comply-or-explain": Paint("comply", "comply-ink"),
    "required-to-preferred": Paint("preferred", "scale-ink", "required"),
    "preferred": Paint("preferred", "scale-ink"),
    "considered": Paint("considered", "scale-ink"),
    "permitted": Paint("permitted", "scale-ink", "considered"),
    "encouraged": Paint("beside", "beside-ink"),
    "neutral": Paint("beside-2", "beside-ink", "beside-ink", "3 2"),
    "informational": Paint("beside-2", "beside-ink", "beside-ink", "3 2"),
    "silent": Paint("blank", "blank-ink"),
    "excluded": Paint("blank", "blank-ink", "blank-ink"),
    "expired": Paint("paper", "blank-ink", "blank-ink", "1 2"),
    "pending": Paint("paper", "blank-ink", "blank-ink", "1 2"),
    "failed": Paint("paper", "blank-ink", "blank-ink", "1 2"),
    "not-assessed": Paint("url(#hatch)", "blank-ink", "hatch"),
    "no-match": Paint("paper", "soft", "line"),
}


def paint(key: str, *, file: bool = False) -> Paint:
    """Return how a key is painted, as values of SVG attributes: variables of the style sheet, or colours for a file."""
    named = _PAINTS.get(key, _PAINTS["no-match"])
    fill, ink, edge = (colour(name, file=file) for name in (named.fill, named.ink, named.edge))
    return Paint(fill, ink, edge, named.dash)


def colour(name: str, *, file: bool = False) -> str:
    """Return a colour as the value of an SVG attribute; what is none of ours is returned as it is.

    >>> colour("required"), colour("required", file=True), colour("url(#hatch)")
    ('var(--required)', '#0c4a5e', 'url(#hatch)')
    """
    if name not in COLOURS:
        return name
    return COLOURS[name] if file else f"var(--{name})"
