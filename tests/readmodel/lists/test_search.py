"""Folded words, facets that are counted so that one can widen them, and pages: on values made by hand."""

import random
from dataclasses import dataclass, replace
from functools import partial

import pytest

from registry.readmodel import totals
from registry.readmodel.lists import country_names, entries, search
from registry.readmodel.lists.entries import Entry
from registry.readmodel.lists.folding import fold
from registry.readmodel.lists.search import paginate, words
from registry.readmodel.tables.lists import ListedOffice, ListedPolicy, Things, lists_of
from registry.readmodel.tables.table import Table
from registry.readmodel.values import Country, Office, Policy, Statement, Text

LANGUAGES = ("en", "fr", "de")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Loi pour une République NUMÉRIQUE", "loi pour une republique numerique"),
        ("Straße", "strasse"),
        ("Łódź, Tromsø, Đà Nẵng, Ærøskøbing, œuvre", "lodz tromso da nang aeroskobing oeuvre"),
        ("İstanbul ılık", "istanbul ilik"),
        ("þjóð og ðað", "thjod og dad"),
        ("ΝΌΜΟΣ νόμος", "νομοσ νομοσ"),
        ("Закон об Открытых Данных, Ёлка", "закон об открытых данных елка"),
        ("开放源代码 公共", "开放源代码 公共"),
        ("Zażółć gęślą jaźń", "zazolc gesla jazn"),
        ("L’État & l'État", "l etat l etat"),
        ("E‑Government-Gesetz (§ 16a)", "e government gesetz 16a"),
        ("soft\u00adware", "software"),
        ("ＯＳＰＯ ﬁne Ⅳ", "ospo fine iv"),
        ("C++", "c++"),
        (" \t\n\x00 –!", ""),
    ],
)
def test_text_is_folded_without_case_accents_and_punctuation(text, folded):
    assert fold(text) == folded


def test_folding_what_is_folded_changes_nothing_whatever_the_character():
    characters = (chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000)
    assert [character for character in characters if fold(fold(character)) != fold(character)] == []


def test_a_word_asked_for_twice_is_one_word():
    assert words("Loi, LOI & décret") == ("loi", "decret")


def entry(name, text="", **values):
    return Entry(name, fold(text), {facet: tuple(given.split()) for facet, given in values.items()})


@dataclass(frozen=True)
class Found:
    hits: tuple
    counts: dict
    counts_without: dict


def find(things, query, chosen, facets=()):
    """Search a table of these entries; the hits are their things."""
    names = {"country": partial(country_names.text_of_names, languages=LANGUAGES)}
    columns = sorted({name for thing in things for name in thing.values})
    rows = [{**thing.values, "words": thing.text.split()} for thing in things]
    table = Table.of(int, range(len(things)), rows, " ".join([*columns, "words"]))
    found = search.find(table, query, chosen, facets, names if "country" in columns else {})
    return Found(tuple(things[row].thing for row in table.things(found.rows)), found.counts, found.counts_without)


LAWS = (
    entry("a", "Loi numérique", country="FR", objective="cost security"),
    entry("b", "Loi ancienne", country="FR", objective="cost"),
    entry("c", "Gesetz über Quelloffenes", country="DE", objective="security"),
    entry("d", "Loi fédérale", country="CH", objective="unknown"),
)


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("", "abcd"),
        ("loi", "abd"),
        ("LOI numerique", "a"),
        ("numérique loi", "a"),
        ("federale", "d"),
        ("offen", "c"),
        ("loi gesetz", ""),
        ("—", "abcd"),
    ],
)
def test_every_word_of_a_query_must_occur(query, hits):
    assert "".join(find(LAWS, query, {}).hits) == hits


@pytest.mark.parametrize(
    ("chosen", "hits"),
    [
        ({"country": {"FR"}}, "ab"),
        ({"country": {"CH", "FR"}}, "abd"),
        ({"country": {"FR", "DE"}, "objective": {"security"}}, "ac"),
        ({"objective": {"unknown"}}, "d"),
        ({"country": {"XX"}}, ""),
    ],
)
def test_any_chosen_value_of_a_facet_will_do_but_every_facet_must_be_met(chosen, hits):
    chosen = {facet: frozenset(values) for facet, values in chosen.items()}
    assert "".join(find(LAWS, "", chosen).hits) == hits


def test_a_facet_is_counted_without_its_own_choice_but_with_the_others_and_the_text():
    chosen = {"country": frozenset({"FR"}), "objective": frozenset({"security"})}
    found = find(LAWS, "", chosen, ("country", "objective"))
    assert found.hits == ("a",)
    assert found.counts == {"country": {"FR": 1, "DE": 1}, "objective": {"cost": 2, "security": 1}}
    assert found.counts_without == {"country": 2, "objective": 2}
    assert find(LAWS, "loi", chosen, ("country",)).counts == {"country": {"FR": 1}}


def some_entries(seed):
    chance = random.Random(seed)
    return [
        entry(
            number,
            " ".join(chance.choices(("loi", "décret", "plan"), k=2)),
            status=chance.choice("xyz"),
            level=chance.choice("lmn"),
            objective=" ".join(chance.sample("opq", chance.randint(1, 3))),
        )
        for number in range(60)
    ]


@pytest.mark.parametrize("seed", range(8))
def test_the_counts_of_a_facet_with_one_value_each_add_up_to_what_is_found_without_its_filter(seed):
    chance, things = random.Random(seed), some_entries(seed)
    chosen = {"status": frozenset(chance.sample("xyz", 2)), "objective": frozenset(chance.sample("opq", 1))}
    found = find(things, "loi", chosen, ("status", "level", "objective"))
    for facet in ("status", "level"):
        others = {name: values for name, values in chosen.items() if name != facet}
        assert sum(found.counts[facet].values()) == len(find(things, "loi", others).hits) > 0
        assert found.counts_without.get(facet, len(found.hits)) == len(find(things, "loi", others).hits)


@pytest.mark.parametrize("seed", range(8))
def test_a_count_is_how_many_things_are_found_with_that_value_alone(seed):
    things, chosen = some_entries(seed), {"status": frozenset("xy"), "objective": frozenset("p")}
    found = find(things, "plan", chosen, ("status", "level", "objective"))
    for facet, counts in found.counts.items():
        assert counts
        for value, count in counts.items():
            assert len(find(things, "plan", chosen | {facet: frozenset({value})}).hits) == count


def test_what_is_found_stays_in_order():
    things = some_entries(1)
    hits = find(things, "loi", {"status": frozenset("xz")}).hits
    assert list(hits) == sorted(hits)
    assert len(hits) > 2


@pytest.mark.parametrize(
    ("count", "number", "shown", "is_page", "pages"),
    [
        (0, 1, "", 1, 1),
        (3, 1, "012", 1, 1),
        (4, 1, "012", 1, 2),
        (4, 2, "3", 2, 2),
        (6, 2, "345", 2, 2),
        (7, 9, "6", 3, 3),
        (7, 0, "012", 1, 3),
    ],
)
def test_a_page_has_its_items_and_a_number_out_of_range_means_the_nearest(count, number, shown, is_page, pages):
    found = paginate(range(count), number, 3)
    assert ("".join(map(str, found.items)), found.number, found.pages) == (shown, is_page, pages)


POLICY = Policy(
    "fr-lrn",
    "https://atlas.example/id/policy/fr-lrn",
    (Text("Digital Republic", "en"), Text("République numérique", "fr")),
    country="FR",
    status="in-force",
    issued="2016-10-07",
    issuer="Assemblée",
    objectives=("cost", "security"),
)
SAID = Statement("s", "use", "present", "stated", "in-force", "compiled", "x", "fr-lrn", texts=(Text("À ouvrir."),))
OFFICE = Office("o", "iri", (Text("Hellas"),), "GR", homepage="https://www.opentech.auth.gr/x")


@pytest.mark.parametrize("query", "digital republique assemblee Frankreich France fr ouvrir 2".split())
def test_a_policy_is_found_by_its_titles_issuer_country_and_what_its_statements_say(query):
    texts = entries.statement_texts([replace(SAID, provision="art. 2")])
    found = [entries.of_policy(POLICY, texts["fr-lrn"])]
    assert find(found, query, {}).hits == (POLICY,)
    assert find(found, "zebra " + query, {}).hits == ()


def test_a_policy_has_a_value_of_every_facet_even_where_nobody_said_one():
    found = entries.of_policy(POLICY, ())
    assert found.values == {
        "country": ("FR",),
        "level": ("unknown",),
        "instrument": ("unknown",),
        "status": ("in-force",),
        "year": ("2016",),
        "objective": ("cost", "security"),
        "language": ("unknown",),
        "layer": ("unknown",),
    }


@pytest.mark.parametrize(
    ("issued", "year"), [("2016", "2016"), ("2016-10", "2016"), ("", "unknown"), ("MMXVI", "unknown")]
)
def test_a_year_is_taken_from_a_date_of_any_precision(issued, year):
    found = entries.of_policy(Policy("p", "iri", (Text("P"),), issued=issued), ())
    assert found.values["year"] == (year,)


@pytest.mark.parametrize("query", ["hellas", "Griechenland", "grece", "opentech.auth", "κέντρο"])
def test_an_office_is_found_by_its_names_its_country_and_the_host_of_its_home_page(query):
    named = replace(OFFICE, other_names=(Text("Κέντρο"),))
    assert find([entries.of_office(named)], query, {}).hits == (named,)


def test_a_country_is_narrowed_by_what_is_in_force_and_by_its_offices():
    countries = [Country("FR", 2, 1, 1, 1, ("use",)), Country("DE", 0, 1, 1, 1)]
    both = [entries.of_country(item, LANGUAGES) for item in countries]
    values = [(it.values["activity"], it.values["office"]) for it in both]
    assert values == [(("use",), ("yes",)), (("none",), ("no",))]
    assert [country.code for country in find(both, "Deutschland", {}).hits] == ["DE"]


def statement(activity, status="in-force", coverage="stated", country="FR"):
    return Statement(activity, activity, "present", coverage, status, "compiled", "bundled", "p", country=country)


def test_a_country_counts_what_is_known_of_it_and_names_the_activities_in_force():
    statements = [
        statement("use"),
        statement("contribute", status="expired"),
        statement("produce", coverage="silent"),
        replace(statement("use", country="DE"), issued="2020", in_force_from="2026-12-01"),
    ]
    offices = [Office("o", "iri", (Text("O"),), "FR", sources=("list",))]
    policies = [Policy("p", "iri", (Text("P"),), "FR", sources=("bundled",)), Policy("q", "iri", (Text("Q"),), "DE")]
    things = Things(tuple(map(ListedOffice, offices)), tuple(map(ListedPolicy, policies)), tuple(statements))
    lists = lists_of(1, (), [things])
    france = Country("FR", 1, 1, 3, 3, ("use",), ("bundled", "list"))
    assert totals.countries(lists, "2026-11-30") == (Country("DE", 0, 1, 1, 1), france)
    assert totals.countries(lists, "2026-12-01") == (Country("DE", 0, 1, 1, 1, ("use",)), france)
