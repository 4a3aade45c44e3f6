"""Who belongs to which region on which day, and that the table of regions is whole."""

import re
from datetime import date

import pytest

from registry.vocabulary import jurisdictions
from registry.vocabulary.regions import Membership, members, region_code, regions, regions_of

CODES = {country.code for country in jurisdictions.jurisdictions()}
LANGUAGES = ("de", "en", "es", "fr", "it", "nl")
# Those that M49 divides the world into, the smallest ones.
LEAVES = (
    "northern-africa eastern-africa middle-africa southern-africa western-africa caribbean central-america "
    "south-america northern-america central-asia eastern-asia south-eastern-asia southern-asia western-asia "
    "eastern-europe northern-europe southern-europe western-europe "
    "australia-and-new-zealand melanesia micronesia polynesia"
).split()


@pytest.mark.parametrize("region", regions().values(), ids=lambda region: region.code)
def test_a_region_has_members_that_exist_a_name_in_every_language_and_an_official_source(region):
    assert region.members()
    assert {item.country for item in region.memberships} <= CODES
    assert all(region.label(language).strip() for language in LANGUAGES)
    assert re.match(r"https://([a-z-]+\.)*(europa\.eu|efta\.int|coe\.int|oecd\.org|g20\.org|un\.org)/", region.source)
    periods = [(item.country, item.since, item.until) for item in region.memberships]
    assert len(periods) == len(set(periods))


def test_no_two_regions_have_one_name():
    for language in LANGUAGES:
        names = [region.label(language) for region in regions().values()]
        assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("item", [item for region in regions().values() for item in region.memberships], ids=str)
def test_a_membership_has_dates_that_are_past_and_in_order(item):
    for day in filter(None, (item.since, item.until)):
        assert date.fromisoformat(day + "0000-01-01"[len(day) :]) <= date(2026, 12, 1)
    assert not item.until or item.since < item.until


def test_the_smallest_regions_of_m49_divide_all_countries_and_areas_of_iso_3166():
    places = [country for code in LEAVES for country in regions()[code].members()]
    assert len(places) == len(set(places))
    assert CODES - set(places) == {"AQ", "EU", "INT"}  # and XK, which is in no part of ISO 3166-1
    assert len(CODES - {"EU", "INT", "XK"}) == 249


@pytest.mark.parametrize(
    ("code", "day", "count"),
    [
        ("eu", "1957", 0),
        ("eu", "1958-01-01", 6),
        ("eu", "1980", 9),
        ("eu", "2004-04-30", 15),
        ("eu", "2004-05-01", 25),
        ("eu", "2013-06-30", 27),
        ("eu", "2013-07-01", 28),
        ("eu", "2020-01-31", 28),
        ("eu", "2020-02-01", 27),
        ("eu", "", 27),
        ("eea", "2013-12-31", 30),
        ("eea", "", 30),
        ("coe", "1949-05-05", 11),  # the ten founders, and Türkiye some day of that year
        ("coe", "1972", 17),
        ("coe", "2022-03-15", 47),
        ("coe", "2022-03-17", 46),
        ("coe", "", 46),
        ("oecd", "1961-09-30", 17),
        ("oecd", "1961-12-31", 19),
        ("oecd", "2000", 30),
        ("oecd", "", 38),
        ("g20", "1998", 0),
        ("g20", "", 20),
    ],
)
def test_as_many_belong_to_it_on_a_day_as_it_had_members(code, day, count):
    assert len(members([code], day)) == count


@pytest.mark.parametrize(
    ("code", "day", "country", "belongs"),
    [
        ("eu", "2020-01-31", "GB", True),
        ("eu", "2020-02-01", "GB", False),
        ("eu", "2020-02", "GB", False),
        ("eu", "2020", "GB", True),  # in a part of that year
        ("coe", "1996-02-27", "RU", False),
        ("coe", "2022-03-16", "RU", True),
        ("coe", "2022-03-17", "RU", False),
        ("coe", "1972", "GR", False),
        ("coe", "1975", "GR", True),
        ("europe", "", "CY", True),
        ("un-150", "", "CY", False),
        ("western-asia", "1900", "CY", True),
        ("g20", "", "EU", True),
        ("eu", "", "EU", False),
    ],
)
def test_membership_has_a_begin_and_an_end(code, day, country, belongs):
    assert (country in members([code], day)) is belongs


def test_a_region_has_the_members_of_its_parts():
    europe = members(["eastern-europe", "northern-europe", "southern-europe", "western-europe"])
    assert members(["un-150"]) == europe
    assert members(["europe"]) == europe | {"CY"}
    assert members(["africa", "americas", "asia", "un-150", "oceania"]) == CODES - {"AQ", "EU", "INT"}


def test_a_code_of_m49_is_a_further_spelling_and_an_unknown_region_has_no_members():
    assert (region_code("UN-151"), region_code(" eu "), region_code("un-150")) == ("eastern-europe", "eu", "un-150")
    assert region_code("Atlantis") == "Atlantis"
    assert members(["Atlantis"]) == frozenset()


def test_a_country_knows_its_regions_former_ones_too():
    found = {region.code: membership for region, membership in regions_of("GB")}
    assert list(found) == ["europe", "eu", "eea", "coe", "oecd", "g20", "un-150", "northern-europe"]
    assert found["eu"] == Membership("GB", "1973-01-01", "2020-01-31")
    assert regions_of("AQ") == ()
