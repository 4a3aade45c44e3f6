"""Where a policy stands along the years."""

from datetime import date

import pytest

from registry.readmodel.values import Policy, Statement, Text
from registry.web.pages.timeline import timeline

TODAY = date(2026, 7, 1)


def policy(slug, status="in-force", issued=""):
    return Policy(slug, slug, Text(slug), status=status, issued=issued)


def said(slug, begins="", ends=""):
    return Statement(
        "s", "use", "present", "stated", "in-force", "compiled", "a", slug, in_force_from=begins, in_force_until=ends
    )


def bar(one, *statements):
    (found,) = timeline([one], statements, TODAY).bars
    return found


def test_what_holds_reaches_from_its_begin_to_today():
    found = bar(policy("p", issued="2016-01-01"), said("p", "2021-07-01"))
    line = timeline([policy("p", issued="2016-01-01")], [], TODAY)
    assert (line.first, line.last) == (2016, 2027)
    assert (found.issued, found.open, found.begins) == (0, True, "2021-07-01")
    assert found.start == pytest.approx(500, abs=2)
    assert found.end == pytest.approx(955, abs=2)


def test_what_has_ended_reaches_to_its_end_and_no_further():
    found = bar(policy("p", "expired", "2016"), said("p", "2016", "2020"), said("p", "2017", "2021"))
    assert (found.begins, found.ends, found.open) == ("2016", "2021", False)
    assert found.end == pytest.approx(545, abs=2)  # the last day of 2021


def test_an_end_that_one_statement_lacks_is_no_end_of_the_policy():
    found = bar(policy("p", "in-force", "2016"), said("p", "2016", "2020"), said("p", "2016"))
    assert (found.ends, found.open) == ("", True)


@pytest.mark.parametrize("status", ["expired", "replaced", "failed", "proposed"])
def test_an_end_that_nobody_knows_is_not_drawn(status):
    assert bar(policy("p", status, "2016")).end is None


@pytest.mark.parametrize("odd", ["", "soon", "20", "0000-01-01", "99999", "2016-02-31", "1200-01-01", "9000"])
def test_odd_dates_do_no_harm(odd):
    line = timeline([policy("p", issued=odd), policy("q", issued="2019-05")], [said("p", odd, odd)], TODAY)
    assert 2010 < line.first <= 2019
    assert all(0 <= place <= 1000 for it in line.bars for place in (it.issued, it.start, it.end) if place is not None)


def test_bars_stand_by_date_and_ticks_within():
    line = timeline([policy("b", issued="2020"), policy("a", issued="1999-05-01"), policy("c")], [], TODAY)
    assert [it.policy.slug for it in line.bars] == ["a", "b", "c"]
    assert list(line.ticks.values()) == sorted(line.ticks.values())
    assert 3 <= len(line.ticks) <= 6
