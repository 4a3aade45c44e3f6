"""What a clerk writes by hand: every mistake is named with its line, its field and its cure, in English and French."""

# ruff: noqa: E501  (a mistake a line)

import pytest

from registry.errors import ReadingError
from registry.iri.names import SHAPES
from registry.model import Place, Severity
from registry.reading.describe import describe
from registry.validation.report_formats import Checked
from registry.validation.report_formats import text as report
from registry.validation.validate import validate

GRAPH = "https://atlas.example/sources/x/description"
OFFICE = "url: https://a.example\nname: A\ncountry: FR\n"
POLICY = OFFICE + "policies:\n  - title: P\n"
FORCE = "force: required"


def described(text):
    return describe(text.encode(), media_type="text/yaml", url="https://a.example/ospo.yaml", graph=GRAPH)


def findings(text):
    return {(f.shape.removeprefix(SHAPES), f.line, f.place.field): f for f in validate(described(text)).findings}


# text of the file, name of the message, line, field, part of the message in English, severity
MISTAKES = [
    ("URL: https://a.example\nname: A\n", "field-misspelt", 1, "URL", "Write 'url:'", "Violation"),
    ("url: https://a.example\nNom: A\n", "field-misspelt", 2, "Nom", "Did you mean 'name'?", "Violation"),
    (OFFICE.replace("country", "contry"), "field-misspelt", 3, "contry", "Did you mean 'country'?", "Warning"),
    (OFFICE + "policy:\n  - title: P\n", "field-misspelt", 4, "policy", "Write 'policies:'", "Violation"),
    (OFFICE.replace("name", "title"), "field-instead", 2, "title", "Write 'name' in its place", "Violation"),
    (POLICY.replace("title", "name"), "field-instead", 5, "policies[0].name", "Write 'title' in its place", "Violation"),
    (OFFICE + "matrix: {use: {present: silent}}\n", "field-of-policy", 4, "matrix", "Move it into an entry", "Violation"),
    (POLICY + f"    {FORCE}\n", "field-of-statement", 6, "policies[0].force", "into a cell of the matrix", "Warning"),
    (POLICY + "    email: a@b.example\n", "field-of-office", 6, "policies[0].email", "Move it to the office", "Warning"),
    ("country: FR\npolicies:\n  - {title: P, country: FR}\n", "field-of-file", 1, "country", "in each entry", "Warning"),
    ("www.a.example:\n  name: A\n", "entry-host", 1, "[www.a.example]", "'https://www.a.example:'", "Violation"),
    ("https://a.example:\n  name: A\nB:\n  name: B\n", "entry-key", 3, "B", "from https:// on", "Violation"),
    ("https://a.example: A\n", "entry-fields", 1, "[https://a.example]", "'A' stands where the fields", "Violation"),
    (OFFICE + "policies: P\n", "policy-fields", 4, "policies", "Write '- title: …'", "Violation"),
    (OFFICE + "policies: [https://a.example/p]\n", "policy-fields", 4, "policies[0]", "floss_policy", "Violation"),
    ("https://a.example:\n  url: https://b.example\n  name: A\n", "address-twice", 2, "[https://a.example].url", "leave 'url' out", "Violation"),
    (OFFICE + "iri: [a]\n", "own-iri", 4, "iri", "can be no name", "Warning"),
    (OFFICE + "type: Ministry\n", "type-given", 4, "type", "'Ministry' is not used", "Warning"),
    (POLICY + "    issuer: {en: M, fr: N}\n", "text-by-language", 6, "policies[0].issuer", "takes one text", "Warning"),
    (OFFICE + "level: {a: b}\n", "one-value", 4, "level", "one value is expected", "Violation"),
    (OFFICE + f"contact: https://{'b' * 3000}\n", "address-long", 4, "contact", "more than 2048 bytes", "Warning"),
    (OFFICE.replace("name: A", "name: {en: choose, use and publish}"), "flow-comma", 2, "name.en", 'en: "choose, use and publish"', "Violation"),
    (OFFICE.replace("name: A", "name: {en: {x: y}}"), "text-under-language", 2, "name.en", "Write 'en: …'", "Violation"),
    (OFFICE.replace("name: A", "name: {gr: A}"), "language-unknown", 2, "name.gr", "Did you mean 'el'?", "Warning"),
    (OFFICE.replace("name: A", "name: {en_GB: A}"), "language-underscore", 2, "name.en_GB", "Write 'en-GB'", "Warning"),
    (OFFICE.replace("name: A", "name: {english: A}"), "language-named", 2, "name.english", "Write 'en: A'", "Violation"),
    (OFFICE.replace("name: A", "name:\n  en: A\n  email: a@b.example"), "language-field", 4, "name.email", "further left", "Violation"),
    (OFFICE.replace("name: A", "name: {short name: A}"), "language-key", 2, "name.short name", "'en: A'", "Violation"),
    (POLICY + "    matrix: silent\n", "matrix-form", 6, "policies[0].matrix", "use, contribute or produce", "Violation"),
    (POLICY + "    matrix: {present: {use: silent}}\n", "matrix-turned", 6, "policies[0].matrix", "activity first", "Violation"),
    (POLICY + "    matrix: {use: silent}\n", "matrix-row", 6, "policies[0].matrix.use", "{present: silent}", "Violation"),
    (POLICY + "    matrix: {utiliser: {present: silent}}\n", "matrix-activity", 6, "policies[0].matrix.utiliser", "nearest: use", "Violation"),
    (POLICY + "    matrix: {use: {prioritise: silent}}\n", "matrix-stage", 6, "policies[0].matrix.use.prioritise", "nearest: prioritize", "Violation"),
    (POLICY + "    matrix: {use: {present: }}\n", "cell-empty", 6, "policies[0].matrix.use.present", "not assessed", "Info"),
    (POLICY + "    matrix: {use: {present: [[a]]}}\n", "cell-form", 6, "policies[0].matrix.use.present[0]", "one word", "Violation"),
    (POLICY + "    matrix: {use: {present: Required}}\n", "cell-force", 6, "policies[0].matrix.use.present", "'force: required'", "Violation"),
    (POLICY + "    matrix: {use: {present: slient}}\n", "cell-word", 6, "policies[0].matrix.use.present", "Did you mean 'silent'?", "Violation"),
    (POLICY + "    matrix: {use: {present: All may use it.}}\n", "cell-text", 6, "policies[0].matrix.use.present", "under 'text:' and 'en: …'", "Violation"),
    (POLICY + "    matrix: {use: {present: {force: obligatoire}}}\n", "force-known", 6, "policies[0].matrix.use.present.force", "Did you mean 'required'?", "Violation"),
    (POLICY + "    matrix: {use-present: silent}\n", "matrix-joined", 6, "policies[0].matrix.use-present", "'use:', and below it 'present:'", "Violation"),
    (OFFICE.replace("name: A", "name:\nen: A"), "language-outside", 3, "en", "'en: …' below 'name:'", "Violation"),
    (OFFICE.replace("name: A", "name:\n  en: Our #1 office"), "text-cut", 3, "name.en", 'en: "Our #1 office"', "Info"),
    (OFFICE + "policies:\n  law:\n    title: P\n", "list-of-names", 5, "policies.law", "Write '- '", "Warning"),
    (POLICY + "    matrix: {use: {force: required, duty: train}}\n", "matrix-row", 6, "policies[0].matrix.use", "'force, duty' stands where a stage", "Violation"),
    (OFFICE.replace("country: FR", "country:"), "office-country", 3, "country", "country: missing", "Warning"),
    (OFFICE + "code: {https://git.a.example/}\n", "address-in-braces", 4, "code", "as a value", "Warning"),
    (OFFICE.replace("name: A", "name:\n  en:Office A"), "language-space", 3, "name", "Write 'en: Office A'", "Warning"),
    (POLICY.replace("title: P", "title:\n      en: P\n      url: https://a.example/p"), "language-field", 7, "policies[0].title.url", "further left", "Violation"),
    (OFFICE + "email:\n  work: a@b.example\n", "one-value", 5, "email", "one value is expected", "Warning"),
    (OFFICE.replace("FR", "Frankreich"), "country-known", 3, "country", "Did you mean 'FR'?", "Violation"),
    (OFFICE + "created: 8 novembre 2021\n", "office-created", 4, "created", "Did you mean '2021-11-08'?", "Violation"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "line", "field", "words", "severity"), MISTAKES, ids=[row[1] for row in MISTAKES]
)
def test_a_mistake_is_named_with_line_field_and_cure(text, code, line, field, words, severity):
    found = findings(text)[code, line, field]
    assert words in found.message("en")
    assert found.severity is Severity(severity)
    assert found.place.column
    french = found.message("fr")
    assert french != found.message("en")
    assert not [inner for inner in ("{found}", "relative:", "https://w3id.org/") if inner in french]


@pytest.mark.parametrize(
    ("text", "code"), [(text, code) for text, code, *_ in MISTAKES], ids=[row[1] for row in MISTAKES]
)
def test_the_cause_is_named_and_none_of_its_consequences(text, code):
    missing = {"office-home-page", "office-name", "policy-title", "something-described"}
    told = {shape for shape, *_ in findings(text)}
    assert code in told
    assert not told & missing


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "holds nothing"),
        ("just words", 1, "holds a text"),
        ("a:\n  b:\n    c: d\n", 1, "'a' is no field of an office or a policy"),
    ],
)
def test_what_is_no_description_is_refused_with_what_was_found(text, line, words):
    with pytest.raises(ReadingError, match=words) as error:
        described(text)
    assert error.value.line == line


def test_case_of_codes_does_not_matter():
    text = POLICY + "    matrix: {Use: {PRESENT: {force: Required, duty: Prefer-Open-Source}, promote: Silent}}\n"
    assert not [shape for shape, *_ in findings(text) if shape in ("force-known", "duty-known", "statement-activity")]
    assert len([t for t in described(text).triples if t.object.value.endswith("/PolicyStatement")]) == 0


ADDRESSES = [
    ("code.gouv.fr", "address-no-scheme", "https://code.gouv.fr", ""),
    ("ttps://a.example", "address-scheme", "'https://a.example'", "ttps://a.example"),
    ("<https://a.example/x>", "address-in-brackets", "https://a.example/x", ""),
    ("'[Our site](https://a.example)'", "address-markdown", "https://a.example", ""),
    ("https://a.example, https://b.example", "address-several", "- https://…", ""),
    ("https://a.example:port/", "address-port", "is no number", ""),
    ("'https://[a'", "address-host", "no host can be called", ""),
    ("a/b", "address-relative", "from https:// on", ""),
    ("''", "address-empty", "is empty", ""),
    ("https://a.example/our code", "address-encoded", "https://a.example/our%20code", "https://a.example/our%20code"),
    ("https://a.example/?q=[x]#a#b", "address-encoded", "#a%23b", "https://a.example/?q=%5Bx%5D#a%23b"),
]


@pytest.mark.parametrize(("typed", "code", "words", "kept"), ADDRESSES)
def test_an_address_is_kept_or_named_with_what_to_write(typed, code, words, kept):
    contact = findings(OFFICE + f"contact: {typed}\n")[code, 4, "contact"]
    assert words in contact.message("en")
    assert contact.severity is (Severity.INFO if kept and code == "address-encoded" else Severity.WARNING)
    values = [
        t.object.value
        for t in described(OFFICE + f"contact: {typed}\n").triples
        if t.predicate.value.endswith("contactPage")
    ]
    assert values == [kept] * bool(kept)
    home = [f for (shape, *_), f in findings(OFFICE.replace("https://a.example", typed)).items() if shape == code]
    assert [f.severity for f in home] == [Severity.INFO if kept and code == "address-encoded" else Severity.VIOLATION]


def test_a_scheme_in_capitals_is_one():
    assert not [
        shape for shape, *_ in findings(OFFICE.replace("https", "HTTPS")) if "address" in shape or "home" in shape
    ]


def test_what_cannot_be_read_in_a_language_map_is_told_once_and_by_its_own_place():
    text = "https://a.example:\n  name:\n    en: A\n    fr:Bureau\nhttps://b.example:\n  name: B\n"
    (found,) = [f for (_, line, _), f in findings(text).items() if line == 4]
    assert found.place == Place(4, 7, "[https://a.example].name")
    assert found.message("fr").endswith("Écrivez : fr: Bureau")
    assert "Büro" not in found.message("de")


@pytest.mark.parametrize("body", ["part_of: {name: Ministry}", "policies: [{title: P, issuer: {name: Ministry}}]"])
def test_a_body_that_is_described_by_fields_is_kept(body):
    description = described(f"{OFFICE}{body}\n")
    assert [f.message("en") for f in validate(description).findings if f.severity == Severity.VIOLATION] == []
    assert "Ministry" in [triple.object.value for triple in description.triples]


FORGED = 'url: https://a.example\nname: A\n"]\\nx.yaml: accepted (0 findings)\\n[": \u202eb\n'


def test_no_text_of_a_publisher_steers_a_terminal_or_forges_a_line():
    for text in (FORGED, FORGED.replace("\u202e", "")):
        try:
            checked = Checked("x.yaml", validate(described(text)))
        except ReadingError as error:
            checked = Checked("x.yaml", error=error.messages, place=Place(error.line, error.column))
        lines = report(checked, "en").split("\n")
        assert not [line for line in lines if line == "x.yaml: accepted (0 findings)"]
        assert all(character.isprintable() for line in lines for character in line)


def test_a_body_may_be_described_by_fields():
    text = OFFICE + "part_of:\n  name:\n    en: Ministry\n  url: https://m.example\n"
    assert not [shape for shape, *_ in findings(text) if shape == "one-value"]
    assert [t.object.value for t in described(text).triples if t.object.value == "Ministry"]
