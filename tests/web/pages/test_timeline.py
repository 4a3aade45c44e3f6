"""Where a policy stands along the years."""

from dataclasses import replace
from datetime import date

import pytest

from registry.readmodel.comparison.on_a_day import State, state
from registry.readmodel.values import Policy, Statement, Text
from registry.web.pages.timeline import timeline

TODAY = "2026-07-01"


def policy(slug, status="in-force", issued=""):
    return Policy(slug, slug, (Text(slug),), status=status, issued=issued)


def dated_statement(slug, begins="", ends=""):
    return Statement(
        "s", "use", "present", "stated", "in-force", "compiled", "a", slug, in_force_from=begins, in_force_until=ends
    )


def bar(one, *statements):
    (found,) = timeline([one], statements, TODAY).bars
    return found


def test_what_holds_reaches_from_its_begin_to_today():
    found = bar(policy("p", issued="2016-01-01"), dated_statement("p", "2021-07-01"))
    line = timeline([policy("p", issued="2016-01-01")], [], TODAY)
    assert (line.first, line.last) == (2016, 2027)
    assert (found.issued, found.in_force, found.begins) == (0, True, "2021-07-01")
    assert found.start == pytest.approx(500, abs=2)
    assert found.end == pytest.approx(955, abs=2)


def test_what_has_ended_reaches_to_its_end_and_no_further():
    found = bar(
        policy("p", "expired", "2016"), dated_statement("p", "2016", "2020"), dated_statement("p", "2017", "2021")
    )
    assert (found.begins, found.ends, found.in_force) == ("2016", "2021", False)
    assert found.end == pytest.approx(545, abs=2)  # the last day of 2021


def test_an_end_that_one_statement_lacks_is_no_end_of_the_policy():
    found = bar(policy("p", "in-force", "2016"), dated_statement("p", "2016", "2020"), dated_statement("p", "2016"))
    assert (found.ends, found.in_force) == ("", True)


@pytest.mark.parametrize("status", ["expired", "replaced", "failed", "proposed"])
def test_an_end_that_nobody_knows_is_not_drawn(status):
    assert bar(policy("p", status, "2016")).end is None


@pytest.mark.parametrize("invalid", ["", "soon", "20", "0000-01-01", "99999", "2016-02-31", "1200-01-01", "9000"])
def test_invalid_dates_do_no_harm(invalid):
    line = timeline(
        [policy("p", issued=invalid), policy("q", issued="2019-05")], [dated_statement("p", invalid, invalid)], TODAY
    )
    assert 2010 < line.first <= 2019
    assert all(0 <= place <= 1000 for it in line.bars for place in (it.issued, it.start, it.end) if place is not None)


def test_bars_stand_by_date_and_ticks_within():
    line = timeline([policy("b", issued="2020"), policy("a", issued="1999-05-01"), policy("c")], [], TODAY)
    assert [it.policy.slug for it in line.bars] == ["a", "b", "c"]
    assert list(line.ticks.values()) == sorted(line.ticks.values())
    assert 3 <= len(line.ticks) <= 6


def test_what_ends_in_years_to_come_holds_and_reaches_to_its_end():
    found = bar(policy("p", issued="2020"), dated_statement("p", "2020", "2029"))
    assert (found.in_force, found.ends) == (True, "2029")
    assert found.end == pytest.approx(1000, abs=2)


def test_what_begins_in_years_to_come_does_not_hold_yet():
    found = bar(policy("p", issued="2020"), dated_statement("p", "2028-07-01"))
    assert not found.in_force
    assert found.start == found.end == pytest.approx(944, abs=2)  # of nine years, eight and a half


@pytest.mark.parametrize("status", ["in-force", "expired", "proposed", "failed", ""])
@pytest.mark.parametrize("own", ["in-force", "replaced", "proposed"])
@pytest.mark.parametrize("dates", [("", ""), ("2018", ""), ("2018-03", "2022"), ("2028", ""), ("2021", "2030")])
def test_a_bar_covers_the_days_on_which_the_rule_of_the_comparison_has_a_statement_in_force(status, own, dates):
    items = [
        Statement("s", "use", "present", "stated", one, "compiled", "a", "p", "", issued="2017", in_force_from=begins)
        for one, begins in ((own, dates[0]), (status, "2019"))
    ]
    items[0] = replace(items[0], in_force_until=dates[1])
    line = timeline([policy("p", status, "2017")], items, TODAY)
    (found,), start, end = line.bars, date(line.first, 1, 1), date(line.last, 1, 1)
    assert found.in_force == any(state(item, "", TODAY) is State.HOLDS for item in items)
    for year in range(2017, 2031):
        day = date(year, 6, 30)
        place = 1000 * (day - start).days / (end - start).days
        held = [it for it in items if state(it, day.isoformat(), TODAY) is State.HOLDS]
        if held and day.isoformat() <= TODAY:
            assert found.start - 1 < place < found.end + 1
