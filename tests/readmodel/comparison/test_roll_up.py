"""What heads a cell, and what stands beside and apart: the cases of the codebook, and its reference on random ones."""

import importlib.util
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.readmodel.comparison.filters import parse_comparison_filters
from registry.readmodel.comparison.on_a_day import State, span, state
from registry.readmodel.comparison.roll_up import CELLS, FORCES, cell, core
from registry.readmodel.comparison.scope import RowKind, Scope, asked_for, scope
from registry.readmodel.values import Statement
from registry.vocabulary import concepts
from tests.support.places import SHARED

TODAY = "2026-11-30"
BOOK = SHARED / "data" / "policies" / "2026-11"
needs_book = pytest.mark.skipif(not BOOK.exists(), reason="the codebook's cases stand in ../shared, which is not here")
# The names that the reference gives to what stands apart → those of this project.
NAMES = {"in one field": "field", "neighbour duty": "neighbour"}


def statement(number=1, place="produce/present", **facts):
    """Return a statement of that cell; what is not given is as short as it may be."""
    activity, stage = place.split("/")
    usual = {"coverage": "stated", "status": "unknown", "layer": "compiled", "source": "s", "policy": "p"}
    lists = {"binds": tuple(facts.pop("binds", ()) or ())}
    texts = {name: str(value) for name, value in facts.items() if value is not None}
    return Statement(iri=f"p#{number}", activity=activity, stage=stage, **usual | {"reach": "general"} | texts | lists)


def told(found):
    """Return what a cell says in the words of the reference."""
    beside = {each.tier: each for each in found.beside}
    head = found.head
    return {
        "force": found.key if head else None,
        "n": head.count if head else None,
        "of": head.of if head else None,
        "mark": head.tier if head and head.tier != "general" else None,
        "also": beside["field"].force if "field" in beside else None,
        "neighbour": f"{beside['neighbour'].force}: {beside['neighbour'].duty}" if "neighbour" in beside else None,
        "apart": dict(found.apart) or None,
    }


def cases():
    if not BOOK.exists():
        return [pytest.param(None, "", id="absent")]
    book = yaml.safe_load((BOOK / "rollup-cases.yaml").read_text(encoding="utf-8"))
    return [pytest.param(case, str(book["today"]), id=case["name"]) for case in book["cases"]]


@needs_book
@pytest.mark.parametrize(("case", "today"), cases())
def test_the_cases_of_the_codebook(case, today):
    items = [
        (facts["id"], statement(number, case["cell"], **{k: v for k, v in facts.items() if k != "id"}))
        for number, facts in enumerate(case["statements"])
    ]
    found = cell([item for _, item in items], RowKind(case.get("kind", "country")), today, str(case.get("day", "")))
    names = {item.iri: name for name, item in items}
    said = told(found) | {"by": names[found.statements[0].iri] if found.head else None}
    want = {name: NAMES.get(value, value) if name == "mark" else value for name, value in case["want"].items()}
    if isinstance(want.get("also"), str):
        want["also"] = want["also"].removesuffix(" in one field")
    assert {name: said[name] for name in want} == want


def reference():
    described = importlib.util.spec_from_file_location("rollup", BOOK / "rollup.py")
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


def codes(scheme):
    return st.sampled_from([concept.code for concept in concepts.concepts(scheme)])


dates = st.sampled_from([None, "2016", "2018-02", "2018-06", "2018-02-28", "2020-01-31", "2026-11-30", "2026", "2027"])
facts = st.fixed_dictionaries(
    {
        "force": codes("force"),
        "status": codes("status"),
        "level": codes("level"),
        "instrument": codes("instrument"),
        "binds": st.lists(codes("binds"), max_size=2, unique=True),
        "duty": codes("duty"),
        "reach": codes("reach"),
        "checked": codes("checked"),
        "issued": dates,
        "in_force_from": dates,
        "in_force_until": dates,
    }
)


@needs_book
@settings(max_examples=400, deadline=None)
@given(
    st.lists(facts, max_size=8),
    st.sampled_from(CELLS),
    st.sampled_from([RowKind.COUNTRY, RowKind.UNION, RowKind.BODY]),
    st.sampled_from(["", "2016-01-01", "2018-02-28", "2018-02", "2020", "2026-11-29", TODAY, "2026-12-01"]),
)
def test_a_cell_is_what_the_reference_makes_of_it(given_facts, place, kind, day):
    name = "/".join(place)
    own = [statement(number, name, **one) for number, one in enumerate(given_facts)]
    plain = [
        {"id": f"p#{number}"} | {key: value for key, value in one.items() if value is not None}
        for number, one in enumerate(given_facts)
    ]
    want = reference().head(plain, name, day or TODAY, TODAY, kind.value)
    found = cell(own, kind, TODAY, day)
    said = told(found)
    head = want["head"] or dict.fromkeys(("force", "n", "of"))
    also = want.get("also")
    assert said == {
        "force": head["force"],
        "n": head["n"],
        "of": head["of"],
        "mark": NAMES.get(want["mark"]),
        "also": also.removesuffix(" in one field") if also else None,
        "neighbour": want.get("neighbour"),
        "apart": want.get("apart"),
    }
    if want["head"]:
        assert (found.statements[0].iri, found.head.is_read) == (head["by"], head["read"])


GENERAL = {"force": "required", "duty": "publish-code", "binds": ["central"], "status": "in-force", "level": "central"}


def test_which_duties_answer_a_cell_is_in_the_vocabulary():
    assert core("produce", "present") == {"publish-code", "disclose-on-request"}
    assert core("use", "prioritize") == {"prefer-open-source", "consider-open-source"}
    assert "train" in core("use", "present")
    assert all(core(*place) for place in CELLS)


def test_a_set_of_forces_never_heads():
    assert FORCES[:5] == ("required", "comply-or-explain", "preferred", "considered", "permitted")
    assert "required-to-preferred" not in FORCES
    found = cell([statement(**GENERAL | {"force": "required-to-preferred"})], RowKind.COUNTRY, TODAY)
    assert (found.key, found.head, found.apart) == ("nothing", None, {"unclear": 1})


def test_a_claim_and_an_imported_row_head_nothing_and_are_counted_apart():
    own = statement(**GENERAL)
    claimed, imported = replace(own, claimed_by="x"), replace(own, layer="imported")
    found = cell([claimed, imported], RowKind.COUNTRY, TODAY)
    assert (found.key, found.head, found.apart) == ("not-assessed", None, {"claimed": 1, "imported": 1})
    assert cell([claimed, own, imported], RowKind.COUNTRY, TODAY).statements == [own, claimed, imported]


def test_a_law_that_does_not_say_whom_it_binds_is_assumed_to_bind_the_whole():
    law = statement(**GENERAL | {"binds": [], "instrument": "primary-law", "issued": "2016", "in_force_from": "2017"})
    assert cell([law], RowKind.COUNTRY, TODAY).head.scope == Scope.ASSUMED
    circular = replace(law, instrument="administrative-instruction")
    assert cell([circular], RowKind.COUNTRY, TODAY).apart == {"unstated": 1}
    assert scope(replace(law, level="regional"), RowKind.COUNTRY) == Scope.REGION


IN_REGION = GENERAL | {"level": "regional", "binds": ["regional"]}


@pytest.mark.parametrize(
    ("whole", "parts", "below"),
    [
        ([], [IN_REGION], ("region", "general", "required")),
        ([GENERAL], [IN_REGION], None),  # no stricter than the whole
        ([GENERAL | {"force": "considered"}], [IN_REGION], ("region", "general", "required")),
        ([GENERAL | {"force": "considered"}], [IN_REGION | {"duty": "license-choice"}], None),  # another duty
        ([], [IN_REGION | {"duty": "license-choice"}], ("region", "neighbour", "required")),
        ([], [IN_REGION | {"force": "encouraged"}, IN_REGION | {"level": "local"}], ("local", "general", "required")),
        ([], [GENERAL | {"binds": ["suppliers"]}], None),  # counted apart, but no part of the State
        ([], [IN_REGION | {"status": "unknown"}], None),
        ([], [IN_REGION | {"force": "required-to-preferred"}], None),
    ],
)
def test_what_a_part_of_the_whole_says_is_told_where_it_is_stricter(whole, parts, below):
    own = [statement(number, **facts) for number, facts in enumerate([*whole, *parts])]
    found = cell(own, RowKind.COUNTRY, TODAY).below
    assert (found and (found.scope, found.tier, found.force)) == below


def test_silence_heads_where_all_that_was_read_for_the_whole_is_silent():
    silent = replace(statement(**GENERAL), coverage="silent", force="")
    region = statement(2, **GENERAL | {"level": "regional"})
    found = cell([silent, region], RowKind.COUNTRY, TODAY)
    assert (found.key, found.apart) == ("silent", {"region": 1})
    assert cell([silent, statement(3, **GENERAL)], RowKind.COUNTRY, TODAY).key == "required"
    assert cell([replace(silent, level="regional")], RowKind.COUNTRY, TODAY).key == "not-assessed"
    unclear = statement(4, **GENERAL | {"force": "required-to-preferred"})
    assert cell([silent, unclear], RowKind.COUNTRY, TODAY).key == "nothing"


def test_whoever_asks_for_a_level_sees_what_it_says_under_its_name():
    region = statement(**GENERAL | {"level": "regional", "binds": ["regional"]})
    asked = asked_for(parse_comparison_filters([("level", "regional")]))
    found = cell([region], RowKind.COUNTRY, TODAY, asked=asked)
    assert (found.key, found.head.scope) == ("required", Scope.REGION)
    whole = statement(2, **GENERAL | {"force": "permitted"})
    both = cell([region, whole], RowKind.COUNTRY, TODAY, asked=asked)
    assert (both.key, both.head.scope) == ("permitted", Scope.WHOLE)
    assert asked_for(parse_comparison_filters([("force", "required")])) == frozenset()


def test_in_the_row_of_an_office_all_that_it_says_may_head():
    own = statement(**GENERAL | {"level": "local", "binds": []})
    assert cell([own], RowKind.OFFICE, TODAY).key == "required"


@pytest.mark.parametrize(
    ("status", "dates", "day", "expected"),
    [
        ("in-force", ("2020-03-01", "", ""), "2020-02-29", State.NOT_YET),
        ("in-force", ("2020-03-01", "", ""), "2020-03-01", State.HOLDS),
        ("in-force", ("2020-03-01", "2021-01-01", ""), "2020-12-31", State.NOT_YET),
        ("in-force", ("", "", ""), "1990-01-01", State.UNKNOWN),
        ("in-force", ("", "", ""), "", State.HOLDS),
        ("expired", ("2020", "", "2022"), "2022-01-01", State.HOLDS),
        ("expired", ("2020", "", "2022"), "2022-06-01", State.UNKNOWN),
        ("expired", ("2020", "", "2022"), "2023-01-01", State.ENDED),
        ("replaced", ("2020", "", ""), "2021-06-01", State.UNKNOWN),
        ("replaced", ("2020", "", ""), "", State.ENDED),
        ("in-force", ("2020-05", "", ""), "2020-05-01", State.UNKNOWN),
        ("in-force", ("2020-05", "", ""), "2020-05-31", State.HOLDS),
        ("proposed", ("2020-05-17", "", ""), "2021-01-01", State.PROPOSED),
        ("proposed", ("2020-05-17", "", ""), "2019-01-01", State.NOT_YET),
        ("proposed", ("2020-05-17", "2025-01-01", ""), "2021-01-01", State.PROPOSED),
        ("failed", ("2020-05-17", "", ""), "2021-01-01", State.FAILED),
        ("unknown", ("2020-05-17", "", ""), "", State.UNKNOWN),
        ("in-force", ("soon", "", ""), "2021-01-01", State.UNKNOWN),  # no date at all
    ],
)
def test_the_state_on_a_day(status, dates, day, expected):
    item = statement(status=status, **dict(zip(("issued", "in_force_from", "in_force_until"), dates, strict=True)))
    assert state(item, day, TODAY) is expected


def test_a_law_holds_from_the_day_of_its_force_and_never_by_assumption_from_its_issue():
    law = statement(status="in-force", instrument="primary-law", issued="2016-10-07")
    assert state(law, "2017-01-01", TODAY) is State.UNKNOWN
    assert state(law, "", TODAY) is State.HOLDS
    assert state(replace(law, in_force_from="2016-10-08"), "2017-01-01", TODAY) is State.HOLDS
    adopted = replace(law, status="adopted")
    assert state(adopted, "", TODAY) is State.UNKNOWN
    assert state(replace(adopted, instrument="strategy"), "", TODAY) is State.HOLDS


def test_a_year_and_a_month_are_spans_of_days():
    assert span("2024-02") == ("2024-02-01", "2024-02-29")
    assert span("2024") == ("2024-01-01", "2024-12-31")
    assert [span(text) for text in ("", "soon", "2024-13", "0000-01", "2024-1-1")] == [None] * 5
