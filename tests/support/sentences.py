"""Queries that Hypothesis writes by the grammar itself, in whatever spelling the standard allows."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from registry.endpoint.sparql.grammar import END, START, grammar

PROLOGUE = (
    "PREFIX e: <http://e.example/> PREFIX : <http://e.example/p#> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
)
WRITTEN = {
    "IRIREF": ("<http://e.example/a>", "<http://e.example/é>", "<urn:SERVICE>"),
    "PNAME_LN": ("e:a", r"e:a\#b", "e:%20x", ":a.b", ":SERVICE", r"e:\~\.\-x", "e:1"),
    "PNAME_NS": ("e:", ":"),
    "BLANK_NODE_LABEL": ("_:a", "_:b.c", "_:1"),
    "VAR1": ("?a", "?b", "?c", "?d", "?LOAD"),
    "VAR2": ("$a", "$b", "$e"),
    "LANGTAG": ("@en", "@de-CH"),
    "INTEGER": ("1", "007"),
    "DECIMAL": ("1.5", ".5"),
    "DOUBLE": ("1e1", "1.e-1", ".5E+2"),
    "STRING_LITERAL1": ("'x'", r"'\'#'", "'\"'", "''"),
    "STRING_LITERAL2": ('"x"', r'"\\"', '"# SERVICE <urn:x> {"', r'"\t\"é"', '"\x00\u2028"'),
    "STRING_LITERAL_LONG1": ("'''x\n'y'''", "''''SERVICE\r'''"),
    "STRING_LITERAL_LONG2": ('"""a""b\\""""', '"""\n#"""'),
    "NIL": ("()", "( \n)"),
    "ANON": ("[]", "[ \t]"),
    END: ("",),
}
WRITTEN |= {
    f"{kind}_{name}": tuple(sign + text for text in WRITTEN[kind])
    for kind in ("INTEGER", "DECIMAL", "DOUBLE")
    for name, sign in (("POSITIVE", "+"), ("NEGATIVE", "-"))
}
BETWEEN = (" ", " ", "\n", "\r", "\t ", "# a comment\r", "# SERVICE <urn:x> {\n", "#\r\n")
# pyoxigraph 0.5 knows these only with their bracket right behind them.
TIGHT = ("BNODE", "CONCAT", "COALESCE")
# A function by IRI is refused by us unless it is a cast.
FUNCTIONS = ("xsd:string", "xsd:integer", "<http://www.w3.org/2001/XMLSchema#boolean>")


@cache
def least() -> dict[str, int]:
    """Return for each rule how many tokens it needs at the least."""
    rules, sizes = grammar().rules, {}
    for _ in rules:
        for name, productions in rules.items():
            known = [
                sum(sizes.get(part, 10_000) if part in rules else 1 for part in production)
                for production in productions
            ]
            sizes[name] = min(known)
    return sizes


@st.composite
def sentences(draw, start: str = START, size: int = 40) -> list[tuple[str, str]]:
    """Draw the tokens of a text that the grammar allows, as (kind, text)."""
    rules, found, pending = grammar().rules, [], [start]
    while pending:
        symbol = pending.pop()
        if symbol not in rules:
            found.append((symbol, _written(draw, symbol)))
        elif symbol == "Function":
            found += [("PNAME_LN", draw(st.sampled_from(FUNCTIONS))), ("(", "("), ("INTEGER", "1"), (")", ")")]
        elif symbol == "prologue":
            continue
        else:
            choices = rules[symbol]
            if len(found) + sum(least().get(part, 1) for part in pending) > size:
                smallest = min(_size(production) for production in choices)
                choices = [production for production in choices if _size(production) == smallest]
            pending.extend(reversed(draw(st.sampled_from(choices)) if len(choices) > 1 else choices[0]))
    return found


def _size(production):
    return sum(least().get(part, 1) for part in production)


def _written(draw, kind: str) -> str:
    if kind in WRITTEN:
        return draw(st.sampled_from(WRITTEN[kind]))
    if kind in ("a", "true", "false"):
        return kind
    return draw(st.sampled_from((kind, kind.lower(), kind.title())))


@st.composite
def texts(draw, tokens) -> str:
    """Draw a text of these tokens, with white space and comments between them."""
    return PROLOGUE + "".join(text + ("" if kind in TIGHT else draw(st.sampled_from(BETWEEN))) for kind, text in tokens)


@st.composite
def disguised(draw, text: str) -> str:
    """Draw the same text with some characters as escapes of their codepoints (SPARQL 1.1 Query, section 19.2).

    None of them stands behind a backslash, which would escape that of the escape.
    """
    chosen = draw(st.sets(st.integers(0, max(0, len(text) - 1)), max_size=6))
    chosen = {place for place in chosen if text[place - 1] != "\\"}
    return "".join(
        (f"\\u{ord(sign):04X}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}") if place in chosen else sign
        for place, sign in enumerate(text)
    )
