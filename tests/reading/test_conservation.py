"""Every value of a document ends as a triple, as an unknown field that is kept, or in a finding that names it."""

from itertools import count
from urllib.parse import unquote

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.reading.describe import describe
from registry.validation.validate import validate
from registry.vocabulary import fields

GRAPH = "https://atlas.example/sources/x/description"
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
ADDRESSES = st.builds(
    lambda scheme, host, rest: f"{scheme}{host}/{rest}",
    st.sampled_from(["https://", "http://", "HTTPS://", "ttps://", "https:/", "www.", ""]),
    st.sampled_from(["a.example", "bürger.example", "[x", "a.example:port", "a b.example", "a_b.example"]),
    st.text(st.sampled_from('abé []{}<>|^`%#?&=\\"é/'), max_size=8),
)
SPECIAL = (
    "FR",
    "Frankreich",
    "required",
    "Required",
    "mandatory",
    "silent",
    "2021-11-08",
    "8/11/2021",
    "true",
    "en_GB",
)
WORDS = st.sampled_from(SPECIAL)
SCALARS = TEXTS | ADDRESSES | WORDS
TAGS = st.sampled_from(["en", "fr", "en_GB", "english", "français", "xx-y-z", "de-AT", "gr", "@none"]) | TEXTS
KEYS = (
    st.sampled_from([*fields.keys("Office"), *fields.keys("FlossPolicy"), "staff [fte]", "a#b#c", "@x", "contry"])
    | TEXTS
)
VALUES = st.recursive(
    SCALARS | st.none() | st.dictionaries(TAGS, SCALARS | st.none(), max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
CELLS = st.dictionaries(st.sampled_from(fields.keys("PolicyStatement")), VALUES, max_size=4) | SCALARS
MATRICES = st.dictionaries(
    st.sampled_from(["use", "Produce", "contribute", "utiliser", "present"]),
    st.dictionaries(
        st.sampled_from(["present", "Promote", "prioritise", "use"]), CELLS | st.lists(CELLS, max_size=2), max_size=2
    )
    | SCALARS,
    max_size=2,
)  # fmt: skip
POLICIES = st.builds(
    lambda entry, matrix: {"title": "P"} | entry | {"matrix": matrix},
    st.dictionaries(KEYS, VALUES, max_size=4),
    MATRICES,
)
OFFICES = st.builds(
    lambda entry, policies: {"url": "https://a.example/", "name": "A"} | entry | {"policies": policies},
    st.dictionaries(KEYS, VALUES, min_size=5, max_size=9),
    st.lists(POLICIES, max_size=2),
)


def numbered(value, numbers):
    """Return a document in which every value is another, so that none is taken for another one's trace."""
    if isinstance(value, dict):
        return {key: numbered(inner, numbers) for key, inner in value.items()}
    if isinstance(value, list):
        return [numbered(inner, numbers) for inner in value]
    return value if value is None or value in SPECIAL else f"{value}~{next(numbers)}"


def scalars(value):
    """Yield the values of a document."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from scalars(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scalars(inner)
    elif value is not None:
        yield value


def told(description):
    """Return all that a description and its findings hold, as one text in which a value can be looked for."""
    terms = {term for t in description.triples for term in (t.subject.value, t.predicate.value, t.object.value)}
    findings = validate(description).findings if len(description.remarks) < 90 else ()
    texts = {f.value for f in findings} | {text for f in findings for text in f.messages.values()}
    texts |= {
        text for remark in description.remarks for text in (remark.value, *remark.facts.values(), remark.place.field)
    }
    return "\n".join([*terms, *texts, *map(unquote, terms)]).casefold()


@settings(max_examples=150)
@given(OFFICES)
def test_no_value_of_a_file_is_lost_in_silence(office):
    office = {"url": "https://a.example/"} | numbered(office, count())
    body = yaml.safe_dump(office, allow_unicode=True, sort_keys=False).encode()
    description = describe(body, media_type="text/yaml", url="https://a.example/f.yaml", graph=GRAPH)
    found = told(description)
    lost = [value for value in scalars(office) if value.strip().casefold()[:40] not in found]
    assert not lost or named(description, lost, office)
    assert not [remark for remark in description.remarks if remark.code == "value-lost"]


def named(description, lost, office):
    """Return whether the lost values stand below a place that a remark names, such as a stage that nobody knows."""
    paths = [remark.place.field for remark in description.remarks]

    def walk(value, path, key):
        here = f"[{key}]" if isinstance(key, str) and ("." in key or ":" in key) else str(key)
        way = path + (f"[{key}]" if isinstance(key, int) else here if here.startswith("[") or not path else f".{here}")
        way = way if key != "" else ""
        if way and way in paths:
            return
        if isinstance(value, dict):
            for inner, item in value.items():
                yield from walk(item, way, inner)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from walk(item, way, index)
        elif value in lost:
            yield way, value

    return not list(walk(office, "", ""))
