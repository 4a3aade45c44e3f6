"""What heads a cell when some of its statements are merely claimed."""

from dataclasses import replace

from registry.readmodel.comparison.matrix import cell
from registry.readmodel.values import Statement

HEARD = Statement(
    "https://atlas.example/id/policy/p#use-present-1",
    "use",
    "present",
    "stated",
    "in-force",
    "compiled",
    "fr",
    "p",
    "encouraged",
)
CLAIMED = replace(HEARD, iri="https://atlas.example/id/policy/a#use-present-1", force="required", claimed_by="stranger")


def test_a_claim_stands_last_and_decides_no_cell_in_which_others_are_heard():
    found = cell([CLAIMED, HEARD])
    assert (found.key, found.statements) == ("encouraged", (HEARD, CLAIMED))


def test_a_claim_decides_no_cell_even_where_nothing_else_stands():
    found = cell([CLAIMED])
    assert (found.key, found.statements) == ("not-assessed", (CLAIMED,))
