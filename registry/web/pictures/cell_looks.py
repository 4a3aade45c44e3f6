"""How cells look: the sign, the words and the colours of everything that a cell can show, in one table.

On a page the style sheet gives the colours, in the theme of the visitor. An SVG file has the colours of the light theme
written into it. A test compares the style sheet with this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from registry.readmodel.comparison.roll_up import NO_MATCH, NOT_ASSESSED, NOTHING, Tier
from registry.readmodel.values import Cell


class Colour(NamedTuple):
    """A colour in the two themes of the style sheet, in CSS notation."""

    light: str
    dark: str


# Name → colour; the style sheet has each as a variable of that name. One hue in five steps for the ordered forces; it
# turns round in the dark. Gold is for what is encouraged, and for nothing else.
COLOURS: Mapping[str, Colour] = {
    "paper": Colour("#fff", "#0e1522"),
    "soft": Colour("#f3f6fa", "#161f2f"),
    "line": Colour("#d8dfe8", "#2a364a"),
    "edge": Colour("#768392", "#8592a4"),
    "dot": Colour("#c3ccd6", "#46556b"),
    "ink": Colour("#142033", "#e9eef6"),
    "mute": Colour("#526071", "#a4b1c3"),
    "required": Colour("#0b2f6b", "#cfe4ff"),
    "required-ink": Colour("#fff", "#08193a"),
    "comply": Colour("#2763b4", "#82b4f3"),
    "comply-ink": Colour("#fff", "#08193a"),
    "preferred": Colour("#74a9e4", "#3b72bb"),
    "preferred-ink": Colour("#0a1f42", "#fff"),
    "considered": Colour("#bcd7f5", "#274d82"),
    "considered-ink": Colour("#0a1f42", "#eaf2fd"),
    "permitted": Colour("#e6f1fd", "#1b3050"),
    "permitted-ink": Colour("#0a1f42", "#d6e5fa"),
    "encouraged": Colour("#f7dd97", "#b4923f"),
    "encouraged-ink": Colour("#4a3500", "#171000"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """How one key is shown: its sign `glyph`, and the names of its colours; "" where it has no fill or edge.

    Its name on pages is the word of its concept in `scheme`, or the sentence `words`.
    """

    glyph: str
    fill: str
    ink: str
    edge: str = ""
    scheme: str = ""
    words: str = ""


def _force(glyph: str, fill: str, edge: str = "") -> Look:
    return Look(glyph, fill, f"{fill}-ink", edge, scheme="force")


# Key of a cell → its look, in the order of legends: forces as they are ordered, then what is shown where there is none.
# The ordered forces are filled discs, the strongest the fullest; what stands beside the order has other shapes. An edge
# without a fill is for what is described, and grey words without either for what is no answer.
LOOKS: Mapping[str, Look] = {
    "required": _force("●", "required"),
    "comply-or-explain": _force("◕", "comply"),
    "required-to-preferred": _force("●–◑", "preferred", "required"),
    "preferred": _force("◑", "preferred"),
    "considered": _force("◔", "considered"),
    "permitted": _force("○", "permitted", "considered"),
    "encouraged": _force("▲", "encouraged"),
    "neutral": Look("◇", "soft", "ink", scheme="force"),
    "informational": Look("–", "", "mute", "line", scheme="force"),
    "silent": Look("∅", "", "mute", scheme="coverage"),
    "excluded": Look("✕", "", "mute", scheme="coverage"),
    NOTHING: Look("…", "", "mute", words="Nothing for the whole"),
    NOT_ASSESSED: Look("·", "", "mute", scheme="coverage"),
    NO_MATCH: Look("◦", "", "mute", words="No match"),
}
# What a square of the map of a question shows, beside the force of an answer.
YES, NEAR = "yes", "near"
_OF_ANSWERS: Mapping[str, Look] = {
    YES: Look("✓", "comply", "comply-ink", words="Yes"),
    NEAR: Look("~", "", "mute", "edge", words="With a reservation"),
}
_UNKNOWN = Look("·", "", "mute", scheme="force")


@dataclass(frozen=True, slots=True)
class Paint:
    """The colours of one key, as values of SVG attributes; `spine` is that of its left edge where it is hollow."""

    fill: str
    ink: str
    edge: str
    spine: str = ""


def look(key: str) -> Look:
    """Return the look of a key; a key that is not in the table looks like NO_MATCH."""
    return LOOKS.get(key) or _OF_ANSWERS.get(key, _UNKNOWN)


def paint(key: str, *, hollow: bool = False, file: bool = False) -> Paint:
    """Return the colours of a key: as variables of the style sheet, or with `file` as fixed colours.

    `hollow` is what does not answer the question as a whole: paper, with its own colour as a spine.
    """
    shown = look(key)
    names: tuple[str, ...] = (shown.fill or "paper", shown.ink, shown.edge)
    if hollow:
        names = ("paper", "mute", "line", shown.fill or "edge")
    return Paint(*(colour(name, file=file) if name else "" for name in names))


def is_hollow(cell: Cell) -> bool:
    """Return whether the head of a cell holds in one field only, or is another duty."""
    return cell.head is not None and cell.head.tier != Tier.GENERAL


def cell_paint(cell: Cell, *, file: bool = False) -> Paint:
    """Return the colours of a cell."""
    return paint(cell.key, hollow=is_hollow(cell), file=file)


def colour(name: str, *, file: bool = False) -> str:
    """Return a colour of `COLOURS` as the value of an SVG attribute.

    >>> colour("required"), colour("required", file=True)
    ('var(--required)', '#0b2f6b')
    """
    return COLOURS[name].light if file else f"var(--{name})"
