"""How cells look: the sign, the words and the colours of everything that a cell can show, in one table.

On a page the style sheet gives the colours, in the theme of the visitor. An SVG file has the colours of the light theme
written into it. A test compares the style sheet with this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from registry.readmodel.comparison.roll_up import NO_MATCH, NOT_ASSESSED, NOTHING
from registry.readmodel.values import Cell


class Colour(NamedTuple):
    """A colour in the two themes of the style sheet, in CSS notation."""

    light: str
    dark: str


# Name → colour; the style sheet has each as a variable of that name.
COLOURS: Mapping[str, Colour] = {
    "paper": Colour("#fff", "#12181c"),
    "ink": Colour("#1b2228", "#e6ebee"),
    "soft": Colour("#55616b", "#a3b0b9"),
    "line": Colour("#d5dbe0", "#37434b"),
    "required": Colour("#0c4a5e", "#abdeeb"),
    "required-ink": Colour("#fff", "#06222b"),
    "comply": Colour("#23708a", "#67b6cb"),
    "comply-ink": Colour("#fff", "#04181f"),
    "preferred": Colour("#8fc4d3", "#2a6c81"),
    "considered": Colour("#c0dee7", "#1f4c5a"),
    "permitted": Colour("#e2f0f4", "#18343d"),
    "scale-ink": Colour("#0d2b36", "#f2fafc"),
    "beside": Colour("#f3e4c0", "#51400f"),
    "beside-2": Colour("#faf3e2", "#352c12"),
    "beside-ink": Colour("#4a3500", "#faeac4"),
    "blank": Colour("#eceff1", "#242d33"),
    "blank-ink": Colour("#48535c", "#b4c0c8"),
    "hatch": Colour("#d3dade", "#333f47"),
}
DASHED, DOTTED = "3 2", "1 2"  # SVG `stroke-dasharray`
HATCH = "url(#hatch)"  # lines of that colour on paper: a pattern of the drawing, a gradient of the style sheet


@dataclass(frozen=True, slots=True)
class Look:
    """How one key is shown: its sign `glyph`, the names of its colours, and the dashes of its edge.

    Its name on pages is the label of its concept in `scheme`, or the sentence `words`.
    """

    glyph: str
    fill: str
    ink: str
    edge: str = ""
    dash: str = ""
    scheme: str = ""
    words: str = ""


def _force(glyph: str, fill: str, ink: str, edge: str = "", dash: str = "") -> Look:
    return Look(glyph, fill, ink, edge, dash, scheme="force")


def _coverage(glyph: str, fill: str, edge: str = "") -> Look:
    return Look(glyph, fill, "blank-ink", edge, scheme="coverage")


# Key of a cell → its look, in the order of legends: forces as they are ordered, then what is shown where there is none.
# The ordered forces are filled discs, the strongest the fullest; what stands beside the order has other shapes.
LOOKS: Mapping[str, Look] = {
    "required": _force("●", "required", "required-ink"),
    "comply-or-explain": _force("◕", "comply", "comply-ink"),
    "required-to-preferred": _force("●–◑", "preferred", "scale-ink", "required"),
    "preferred": _force("◑", "preferred", "scale-ink"),
    "considered": _force("◔", "considered", "scale-ink"),
    "permitted": _force("○", "permitted", "scale-ink", "considered"),
    "encouraged": _force("▲", "beside", "beside-ink"),
    "neutral": _force("◇", "beside-2", "beside-ink", "beside-ink", DASHED),
    "informational": _force("i", "beside-2", "beside-ink", "beside-ink", DASHED),
    "silent": _coverage("–", "blank"),
    "excluded": _coverage("✕", "blank", "blank-ink"),
    NOTHING: Look("…", "paper", "blank-ink", "blank-ink", DOTTED, words="Nothing for the whole"),
    NOT_ASSESSED: _coverage("?", HATCH, "hatch"),
    NO_MATCH: Look("·", "paper", "soft", "line", words="No match"),
}
# What a tile of the map of a question shows, beside the force of an answer.
YES, NEAR = "yes", "near"
_OF_ANSWERS: Mapping[str, Look] = {
    YES: Look("✓", "comply", "comply-ink", words="Yes"),
    NEAR: Look("~", "paper", "blank-ink", "blank-ink", DOTTED, words="With a reservation"),
}
_UNKNOWN = _force("·", "paper", "soft", "line")


@dataclass(frozen=True, slots=True)
class Paint:
    """The colours and dashes of one key, as values of SVG attributes."""

    fill: str
    ink: str
    edge: str
    dash: str


def look(key: str) -> Look:
    """Return the look of a key; a key that is not in the table looks like NO_MATCH."""
    return LOOKS.get(key) or _OF_ANSWERS.get(key, _UNKNOWN)


def paint(key: str, *, file: bool = False) -> Paint:
    """Return the colours of a key: as variables of the style sheet, or with `file` as fixed colours."""
    key_look = look(key)
    fill, ink, edge = (colour(name, file=file) for name in (key_look.fill, key_look.ink, key_look.edge))
    return Paint(fill, ink, edge, key_look.dash)


def cell_paint(cell: Cell, *, file: bool = False) -> Paint:
    """Return the colours of a cell: those of its key, in outline where the text of its head was not read."""
    if cell.head is None or cell.head.is_read:
        return paint(cell.key, file=file)
    return reserved_paint(cell.key, file=file)


def reserved_paint(key: str, *, file: bool = False) -> Paint:
    """Return the colours of a key in outline."""
    painted = paint(key, file=file)
    return Paint(colour("paper", file=file), colour("ink", file=file), painted.fill, painted.dash)


def colour(name: str, *, file: bool = False) -> str:
    """Return a colour of `COLOURS` as the value of an SVG attribute; any other value is returned as it is.

    >>> colour("required"), colour("required", file=True), colour("url(#hatch)")
    ('var(--required)', '#0c4a5e', 'url(#hatch)')
    """
    if name not in COLOURS:
        return name
    return COLOURS[name].light if file else f"var(--{name})"
