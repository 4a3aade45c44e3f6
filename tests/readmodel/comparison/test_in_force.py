"""The state of a statement today and on a day, with dates as precise as their sources."""

import pytest

from registry.readmodel.comparison.in_force import ABSENT, EXPIRED, FAILED, IN_FORCE, PENDING, legal_status
from registry.readmodel.values import Statement


def statement(status, issued="", begins="", ends=""):
    return Statement(
        "s", "use", "present", "stated", status, "compiled", "a", "p",
        issued=issued, in_force_from=begins, in_force_until=ends,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("in-force", IN_FORCE),
        ("partly-in-force", IN_FORCE),
        ("adopted", IN_FORCE),
        ("unknown", IN_FORCE),
        ("proposed", PENDING),
        ("expired", EXPIRED),
        ("replaced", EXPIRED),
        ("repealed", EXPIRED),
        ("failed", FAILED),
    ],
)
def test_without_a_day_the_status_decides(status, state):
    assert legal_status(statement(status, "2020-01-01", "2020-02-01", "2021-01-01")) == state


@pytest.mark.parametrize(
    ("status", "dates", "on", "state"),
    [
        ("in-force", ("2020-03-01", "", ""), "2020-02-29", ABSENT),
        ("in-force", ("2020-03-01", "", ""), "2020-03-01", IN_FORCE),
        ("in-force", ("2020-03-01", "2021-01-01", ""), "2020-12-31", PENDING),
        ("in-force", ("2020-03-01", "2021-01-01", ""), "2021-01-01", IN_FORCE),
        ("in-force", ("", "2021-01-01", ""), "2020-12-31", ABSENT),  # nobody says that it was issued before
        ("in-force", ("", "", ""), "1990-01-01", IN_FORCE),  # no date known: as its status says
        ("expired", ("2020", "", "2022-06-30"), "2022-06-30", IN_FORCE),
        ("expired", ("2020", "", "2022-06-30"), "2022-07-01", EXPIRED),
        ("expired", ("2020", "", "2022"), "2022-12-31", IN_FORCE),  # a year ends with its last day
        ("expired", ("2020", "", "2022"), "2023-01-01", EXPIRED),
        ("replaced", ("2020", "", ""), "2020-06-01", EXPIRED),  # ended, nobody says when: never claimed to hold
        ("in-force", ("2020-05", "", ""), "2020-05-01", IN_FORCE),
        ("in-force", ("2020-05", "", ""), "2020-04-30", ABSENT),
        ("in-force", ("2020-05-17", "", ""), "2020", IN_FORCE),
        ("in-force", ("2020-05-17", "", "2023-01-01"), "2024", EXPIRED),
        ("proposed", ("2020-05-17", "", ""), "2021-01-01", PENDING),
        ("proposed", ("2020-05-17", "", ""), "2019-01-01", ABSENT),
        ("failed", ("2020-05-17", "", ""), "2021-01-01", FAILED),
    ],
)
def test_on_a_day_the_dates_decide_as_far_as_they_are_known(status, dates, on, state):
    assert legal_status(statement(status, *dates), on) == state
