"""YAML 1.2 as a tree: what is written is read, in its place; what cannot be read keeps nothing else out."""

import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import ReadingError
from registry.reading.yaml.yaml_events import load, load_with_refusals
from registry.validation.report_words import LANGUAGES
from tests.support.trees import TREES, plain, read_or_refused, refusals, scalars


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, _):
        return True


def dumped(**options):
    """Return a writer by PyYAML, which keeps to YAML 1.1: three characters are line breaks to it."""

    def write(tree):
        text = re.sub("[\x85\u2028\u2029]", "", json.dumps(tree, ensure_ascii=False))
        if options.get("default_style"):
            text = text.replace(" null", ' "null"').replace("[null", '["null"')  # else a tag says that it is none
        cleaned = json.loads(text)
        return cleaned, yaml.dump(cleaned, Dumper=Dumper, sort_keys=False, **options)

    return write


def block(value, indent=0, style=json.dumps):
    """Return a value in block style, in lines that begin at `indent`, with all texts in the same style."""
    space = " " * indent
    if isinstance(value, dict) and value:
        return "\n" + "\n".join(
            f"{space}{style(key)}:{block(inner, indent + 2, style)}" for key, inner in value.items()
        )
    if isinstance(value, list) and value:
        return "\n" + "\n".join(f"{space}-{block(inner, indent + 2, style)}" for inner in value)
    return " " + (json.dumps(value) if not isinstance(value, str) else style(value))


def double(text):
    return json.dumps(text, ensure_ascii=False)


def single(text):
    """Return a text in single quotes, or in double ones if it has a line end, which the others would fold."""
    return double(text) if re.search("[\r\n\t]", text) else "'" + text.replace("'", "''") + "'"


WRITERS = {
    "block": dumped(default_flow_style=False),
    "flow": dumped(default_flow_style=True),
    "unicode": dumped(allow_unicode=True, width=30),
    "wide": dumped(allow_unicode=True, width=10_000, indent=4, explicit_start=True, explicit_end=True),
    "double": dumped(default_style='"', default_flow_style=None),
    "single": dumped(default_style="'", allow_unicode=True),
    "literal": dumped(default_style="|", allow_unicode=True),
    "own-double": lambda tree: (tree, block(tree, style=double)),
    "own-single": lambda tree: (tree, "%YAML 1.2\n---" + block(tree, style=single) + "\n...\n"),
    "json": lambda tree: (tree, json.dumps(tree, ensure_ascii=False, indent=1)),
}


@given(TREES, st.sampled_from(sorted(WRITERS)), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["", "\ufeff"]))
def test_what_is_written_is_read_and_stands_in_its_place(tree, writer, line_end, mark):
    written, text = WRITERS[writer](tree)
    document, refusal = load_with_refusals((mark + text.replace("\n", line_end)).encode())
    assert refusal is None
    assert plain(document) == written
    lines = text.split("\n")
    for value, (line, column) in scalars(document):
        typed = lines[line - 1][column - 1 :]
        if value is None:
            assert typed.startswith("null")
        else:
            assert typed[0] in "\"'|>" or typed.startswith(re.split("[ \n]", value)[0])


PAIRS = {"a": "\\😀", "b": "\\ud83d\\ude00", "c": "\\ud83d"}


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("a: x\u0085y\nb: 1", {"a": "x\u0085y", "b": "1"}),
        ("a: 'x\u2028y'\nb\u2029c: 1", {"a": "x\u2028y", "b\u2029c": "1"}),
        ("[?y, ?z: 1, :w, a: ?b, c: ::d]", ["?y", {"?z": "1"}, ":w", {"a": "?b"}, {"c": "::d"}]),
        ("{?x: :y, http://a.example/?b=:c}", {"?x": ":y", "http://a.example/?b=:c": None}),
        ("%YAML 1.2\n---\na: 1\n", {"a": "1"}),
        ("%YAML 1.1 # old\n---\na: 1\n", {"a": "1"}),
        ("%YAML 1.3\n---\na: 1\n", {"a": "1"}),
        ("---\na: 1\n---\n", {"a": "1"}),
        ("---\na: 1\n---\n# nothing\n", {"a": "1"}),
        ("---\na: 1\n...\n", {"a": "1"}),
        ("---\n---\na: 1\n", {"a": "1"}),
        ("a: 1\n...\n---\n...\n", {"a": "1"}),
        ("\ufeff\ufeffa: 1\n", {"a": "1"}),
        ('a: "\\\\\\ud83d\\ude00"\nb: \\ud83d\\ude00\nc: "\\\\ud83d"', PAIRS),
        ('a: "\\U0001F600\\/"\n', {"a": "😀/"}),
        ("- url: https://a.example\n- url: https://b.example\n", [{"url": f"https://{x}.example"} for x in "ab"]),
        ("a: |\n  x\n   ", {"a": "x\n \n"}),
        ("", None),
        ("...\n", None),
    ],
)
def test_yaml_is_read_as_its_version_1_2_has_it(text, document):
    assert plain(load_with_refusals(text.encode())[0]) == document


def test_several_documents_are_a_list_of_offices_and_nothing_else():
    office = "---\nurl: https://{}.example\n"
    documents = load((office.format("a") + office.format("b") + "---\n").encode())
    assert [(item["url"], at) for item, at in zip(documents, documents.items_at, strict=True)] == [
        ("https://a.example", (2, 1)),
        ("https://b.example", (4, 1)),
    ]
    documents, refusal = load_with_refusals((office.format("a") + "x: @y\n" + office.format("b")).encode())
    assert (documents[0]["url"], documents[1]["url"], refusal.line) == ("https://a.example", "https://b.example", 3)
    for other in ("Some words.\n", "- x\n", "a: 1\n"):
        with pytest.raises(ReadingError, match="further document") as caught:
            load((office.format("a") + "---\n" + other).encode())
        assert (caught.value.line, caught.value.column) == (4, 1)


ENTRIES = {
    "list": """- url: https://N.example
  name: {en: Office N, fr: 'Bureau'}
  code: [a, "b"]
  x: >
   y
   z
""",
    "offices": """  - url: https://N.example
    name:
      en: "Office N"
    policies:
    - title: P
""",
    "map": """https://N.example:
  name: Office N # x
  policies:
    - title: 'P'
      code:
      - a
      - b
""",
    "file": """  https://N.example:
    name: Office N
    country: NO

""",
}
HEADS = {"offices": "offices:\n", "file": "one.yaml:\n"}


def entries_of(document):
    """Return the entries of one of the four layouts."""
    if isinstance(document, dict) and document.keys() & {"offices", "one.yaml"}:
        document = document.get("offices", document.get("one.yaml"))
    if isinstance(document, dict):
        return {key: plain(value) for key, value in document.items()}
    items = document if isinstance(document, list) else []
    return {item["url"]: plain(item) for item in items if isinstance(item, dict) and "url" in item}


@given(
    st.sampled_from(sorted(ENTRIES)),
    st.integers(2, 5),
    st.data(),
    st.sampled_from([*"\"'[]{}:-#&*!|>%@`,? \t\n\\ax0é\u00a0\ufeff\u202e", ""]),
    st.booleans(),
)
def test_one_wrong_character_costs_its_own_entry_or_the_one_before_and_is_told(layout, count, data, character, is_over):
    """Where it changes how deep a line is, the block around may be lost, and nothing but what is told."""
    parts = [ENTRIES[layout].replace("N.", f"{number}.") for number in range(count)]
    whole = entries_of(load((HEADS.get(layout, "") + "".join(parts)).encode()))
    nth = data.draw(st.integers(0, count - 1))
    at = data.draw(st.integers(0, len(parts[nth]) - 2))
    is_indentation = character == "\n" or re.search("(^|\n)[ -]*$", parts[nth][:at]) is not None
    parts[nth] = parts[nth][:at] + character + parts[nth][at + (is_over or not character) :]
    found = read_or_refused(load_with_refusals, (HEADS.get(layout, "") + "".join(parts)).encode())
    document, refusal = (None, found) if isinstance(found, ReadingError) else found
    assert isinstance(found, ReadingError) or (refusal is None) == (not list(refusals(document)))
    assert is_indentation or not isinstance(found, ReadingError)
    read = entries_of(document)
    lost = {key for key, entry in whole.items() if read.get(key) != entry}
    own, before = f"https://{nth}.example", f"https://{nth - 1}.example"
    if refusal is None and is_indentation:  # another document, and nothing of it is lost
        assert json.dumps(plain(document)).count("Office") >= count - 1
    elif refusal is None:
        lost -= {key for key in (before,) if key in read and is_longer(read[key], whole[key])}
        assert lost <= {own}
    elif not is_indentation:
        assert lost <= {own, before}


def is_longer(read, whole):
    """Return whether an entry has swallowed what belonged to the next one, which nobody can know."""
    return len(json.dumps(read)) > len(json.dumps(whole))


@given(st.text(st.sampled_from("ab:-#?!&*|>'\"%@`,[]{}\\ \t\n\r.~<\ufeff\u00a0\u0085\u202e"), max_size=60))
def test_any_text_is_read_or_refused_with_its_line(text):
    found = read_or_refused(load_with_refusals, text.encode())
    document, refusal = (None, found) if isinstance(found, ReadingError) else found
    for error in [*refusals(document), *([refusal] if refusal else [])]:
        assert error.line is not None
        assert error.line <= len(re.split("\r\n?|\n", text))
        assert set(error.messages) == set(LANGUAGES)
        assert "{" not in re.sub(r"[^a-z]", "", error.message("fr"))
