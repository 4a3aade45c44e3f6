"""What dates tell: of the last two years and the next one, by the rule of the state on a day."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.readmodel.comparison.by_date import What, events
from registry.readmodel.comparison.on_a_day import State, state

TODAY = "2026-12-01"


@dataclass(frozen=True)
class Item:
    status: str = "in-force"
    instrument: str = "guideline"
    issued: str = ""
    in_force_from: str = ""
    in_force_until: str = ""


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (Item(issued="2025-03-01"), [(What.BEGAN, "2025-03-01")]),
        (Item(issued="2024-11-30"), []),
        (Item(issued="2024-12-01"), [(What.BEGAN, "2024-12-01")]),
        (Item(issued="2024"), [(What.BEGAN, "2024")]),
        (Item(issued="2023", in_force_from="2026-01"), [(What.BEGAN, "2026-01")]),
        (Item(instrument="primary-law", issued="2026-05-05"), [(What.ISSUED, "2026-05-05")]),
        (Item(instrument="primary-law", status="adopted", issued="2026-05-05"), [(What.ISSUED, "2026-05-05")]),
        (Item(status="unknown", issued="2026-05-05"), [(What.ISSUED, "2026-05-05")]),
        (Item(issued="2026-11-01", in_force_from="2027-06-01", status="adopted"), [(What.BEGINS, "2027-06-01")]),
        (Item(issued="2010", in_force_until="2027-12-01"), [(What.ENDS, "2027-12-01")]),
        (Item(issued="2010", in_force_until="2027-12-02"), []),
        (Item(issued="2010", in_force_until="2026-12-01"), [(What.ENDS, "2026-12-01")]),
        (Item(status="expired", issued="2010", in_force_until="2025"), [(What.ENDED, "2025")]),
        (Item(status="expired", issued="2010"), []),
        (
            Item(status="replaced", issued="2025-01-01", in_force_until="2026-06-30"),
            [(What.BEGAN, "2025-01-01"), (What.ENDED, "2026-06-30")],
        ),
        (Item(status="proposed", issued="2005"), [(What.PLANNED, "2005")]),
        (Item(status="proposed"), [(What.PLANNED, "")]),
        (Item(status="failed", issued="2026-01-01"), []),
        (Item(), []),
        (Item(issued="sometime"), []),
    ],
)
def test_what_dates_tell(item, told):
    assert events(item, TODAY) == told


DATES = st.sampled_from(
    ["", "1990", "2024", "2024-11-30", "2024-12", "2025-06", "2026", "2026-12-01", "2026-12-02", "2027"]
)
STATUSES = st.sampled_from(["proposed", "adopted", "in-force", "replaced", "expired", "failed", "unknown", ""])
ITEMS = st.builds(Item, STATUSES, st.sampled_from(["primary-law", "guideline"]), DATES, DATES, DATES)


@given(ITEMS)
def test_what_is_told_agrees_with_the_state_of_today(item):
    told = dict(events(item, TODAY))
    on = state(item, "", TODAY)
    assert (What.PLANNED in told) == (on is State.PROPOSED)
    assert (What.BEGINS in told) == (on is State.NOT_YET)
    assert What.BEGAN not in told or on in (State.HOLDS, State.ENDED)
    assert What.ENDED not in told or on is State.ENDED
    assert What.ENDS not in told or on is not State.ENDED
    assert on is not State.FAILED or told == {}


def test_two_years_before_a_leap_day_is_the_28th():
    assert events(Item(issued="2026-02-28"), "2028-02-29") == [(What.BEGAN, "2026-02-28")]
