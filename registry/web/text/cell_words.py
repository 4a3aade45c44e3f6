"""What a cell says in words: in the one word that is seen, and in the name that a screen reader reads."""

from __future__ import annotations

from collections.abc import Mapping

from registry.model import Layer
from registry.readmodel.comparison.on_a_day import State
from registry.readmodel.comparison.roll_up import CLAIMED, IMPORTED, NOTHING, UNCLEAR, Tier
from registry.readmodel.comparison.scope import BELOW, Scope
from registry.readmodel.questions.questions import FIELD, OTHER_DUTY, WEAKER
from registry.readmodel.values import Cell
from registry.web.text.language import sentence
from registry.web.text.wording import label, word

# Whom a statement binds, where that is less than the whole, or assumed → in words.
_SCOPES: Mapping[str, str] = {
    Scope.ASSUMED: "central (assumed from its level)",
    Scope.REGION: "in a region",
    Scope.LOCAL: "in a municipality",
    Scope.ASSOCIATION: "in an association",
    Scope.BODY: "in one body",
    Scope.SUPPLIERS: "for suppliers",
    Scope.UNSTATED: "whom it binds is not said",
}
# What stands apart → in words, each with a number.
_APART = {
    Scope.REGION: "regions",
    Scope.LOCAL: "municipalities",
    Scope.ASSOCIATION: "associations",
    Scope.BODY: "single bodies",
    Scope.SUPPLIERS: "suppliers",
    Scope.UNSTATED: "whom it binds is not said",
    UNCLEAR: "how binding is not clear",
    State.UNKNOWN: "not known whether in force",
    State.PROPOSED: "planned",
    State.ENDED: "no longer in force",
    State.FAILED: "never came into force",
    CLAIMED: "only claimed",
    IMPORTED: "in other data sets",
}
# The same in a word that fits a cell, of which the first that occurs is shown where nothing heads.
_SHORT: Mapping[str, str] = {
    State.UNKNOWN: "In force?",
    Scope.UNSTATED: "For whom?",
    UNCLEAR: "How binding?",
    State.PROPOSED: "Planned",
    Scope.SUPPLIERS: "For suppliers",
    State.ENDED: "No longer",
    State.FAILED: "Not adopted",
    Scope.REGION: "Region only",
    Scope.LOCAL: "City only",
    Scope.ASSOCIATION: "Association only",
    Scope.BODY: "Body only",
}
# The parts of the whole, whose first letter is on the tab of a cell.
_PARTS: Mapping[str, str] = {
    Scope.REGION: "Region",
    Scope.LOCAL: "City",
    Scope.ASSOCIATION: "Body",
    Scope.BODY: "Body",
}
# Why a statement is only a near miss of a question → in words.
_WHY: Mapping[str, str] = _APART | {
    WEAKER: "not as strong",
    OTHER_DUTY: "asks for something else",
    FIELD: "in one field",
}


def seen(cell: Cell) -> str:
    """Return the word that is seen in a cell: that of its head, or in short what stands apart."""
    return sentence(_SHORT[_first_apart(cell)]) if cell.key == NOTHING else word(cell.key)


def is_of_parts(cell: Cell) -> bool:
    """Return whether a cell says nothing but what its tab says: that a region or body has something."""
    return cell.key == NOTHING and cell.below is not None and _first_apart(cell) in BELOW


def reservation(cell: Cell) -> str:
    """Return what is seen behind the word: on what condition, in what, for whom, or how many further statements."""
    if (head := cell.head) is None:
        return ""
    wide = head.scope if head.scope not in (Scope.WHOLE, Scope.ASSUMED) else ""
    if wide or head.condition or head.tier != Tier.GENERAL:
        return next(text for text in (_scope(wide), _condition(cell), _tier(head.tier, head.duty)) if text)
    return f"+{head.count - 1}" if head.count > 1 else ""


def tab(cell: Cell) -> str:
    """Return the letter of the part of the whole that goes before the head, "" for none."""
    return sentence(_PARTS[cell.below.scope])[:1] if cell.below else ""


def qualifiers(cell: Cell) -> list[str]:
    """Return what is told with the force that heads a cell: on what condition, how far, for whom, and how sure."""
    head = cell.head
    if head is None:
        return []
    texts = [_condition(cell), _tier(head.tier, head.duty), _scope(head.scope)]
    texts += [] if head.layer == Layer.COMPILED else [label("assessment-kind", head.layer)]
    not_whole = {"secondary": sentence("text not read"), "partial": sentence("read in part")}
    return [text for text in (*texts, not_whole.get(head.checked, "")) if text]


def beside(cell: Cell) -> list[str]:
    """Return what is told beside the head: a stronger force in one field, the strongest that asks for another thing."""
    return [f"{label('force', each.force)}: {_tier(each.tier, each.duty)}" for each in cell.beside]


def below(cell: Cell) -> str:
    """Return what goes before the head in a part of the whole, "" for nothing."""
    if (found := cell.below) is None:
        return ""
    tier = {Tier.FIELD: sentence("in one field"), Tier.NEIGHBOUR: sentence("another duty")}.get(Tier(found.tier), "")
    return ", ".join(filter(None, (f"{_scope(found.scope)}: {label('force', found.force)}", tier)))


def apart(cell: Cell) -> list[str]:
    """Return what stands apart in a cell, kind by kind, with how many statements of each."""
    return [f"{sentence(_APART[name])}: {cell.apart[name]}" for name in _APART if name in cell.apart]


def cell_words(cell: Cell) -> str:
    """Return all that a cell shows, in words."""
    count = f" ×{cell.head.count}" if cell.head and cell.head.count > 1 else ""
    head = ", ".join([word(cell.key) + count, *qualifiers(cell)])
    return "; ".join(filter(None, [head, *beside(cell), below(cell), *apart(cell)]))


def cell_name(cell: Cell, place: str) -> str:
    """Return the accessible name of a cell: the word that is seen, its place, and all that it shows."""
    many = sentence("%(count)s statements", count=cell.head.count) if cell.head and cell.head.count > 1 else ""
    rest = "; ".join(filter(None, [*qualifiers(cell), many, *beside(cell), below(cell), *apart(cell)]))
    return f"{seen(cell)}: {place}. {rest}".strip()


def why_not(why: str) -> str:
    """Return in words why a statement is only a near miss of a question."""
    return sentence(_WHY[why])


def _first_apart(cell: Cell) -> str:
    return next((name for name in _SHORT if name in cell.apart), State.UNKNOWN)


def _condition(cell: Cell) -> str:
    return label("condition", cell.head.condition) if cell.head and cell.head.condition else ""


def _scope(scope: str) -> str:
    return sentence(_SCOPES[scope]) if scope in _SCOPES else ""


def _tier(tier: str, duty: str) -> str:
    """Return what a statement answers instead of the whole question: one field, or another duty; "" for neither."""
    if tier == Tier.NEIGHBOUR:
        return sentence("another duty: %(duty)s", duty=label("duty", duty) if duty else sentence("not said"))
    return sentence("in one field") if tier == Tier.FIELD else ""
