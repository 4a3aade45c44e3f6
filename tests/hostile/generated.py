"""Hostile documents that would be large as files: functions that return them. The H numbers are those of the study."""

import json

OFFICE = "url: https://office.example\nname: A\ncountry: FR\n"
TURTLE = (
    "@prefix o: <https://w3id.org/ospo/ns#> .\n@prefix s: <http://www.w3.org/2004/02/skos/core#> .\n"
    '<https://office.example/#o> a o:Office ; s:prefLabel "A"@en ; o:countryCode "FR" ; '
    "<http://xmlns.com/foaf/0.1/homepage> <https://office.example> .\n"
)
PREFIX = "@prefix a: <https://a.example/> .\n"
S_P = "<https://a.example/s> <https://a.example/p> "
XML = '<?xml version="1.0"?>\n'
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="https://a.example/">'

TEXTS = {
    # H03
    "yaml-brackets": (lambda: "[" * 125_000 + "]" * 125_000, "yaml"),
    "yaml-dashes": (lambda: "- " * 100_000, "yaml"),
    "yaml-questions": (lambda: "? " * 100_000, "yaml"),
    "yaml-braces": (lambda: "{a: " * 60_000, "yaml"),
    "yaml-staircase": (lambda: "".join(" " * depth + "k:\n" for depth in range(700)), "yaml"),
    # H04
    "yaml-base-sixty": (lambda: OFFICE + "pso_id: 1" + ":1" * 100_000, "yaml"),
    "yaml-hexadecimal": (lambda: OFFICE + "pso_id: 0x" + "f" * 200_000, "yaml"),
    "yaml-nines": (lambda: OFFICE + "pso_id: " + "9" * 5_000, "yaml"),
    "yaml-too-large": (lambda: OFFICE + "#" * 262_145, "yaml"),
    "yaml-values": (lambda: "[" + "x," * 60_000 + "]", "yaml"),
    "yaml-many-offices": (lambda: "".join(f"https://a.example/{n}:\n  name: A\n" for n in range(6_000)), "yaml"),
    "yaml-key-twice-long": (lambda: OFFICE + ("k" * 1_000 + ": 1\n") * 2, "yaml"),
    "yaml-fields": (lambda: OFFICE + "".join(f"k{n}: 1\n" for n in range(9_000)), "yaml"),
    "yaml-languages": (lambda: OFFICE.replace("A", "{" + "".join(f"a{n}: x, " for n in range(9_000)) + "}"), "yaml"),
    # H12, H13
    "json-deep": (lambda: '{"http://e/p":' * 3_500 + "1" + "}" * 3_500, "jsonld"),
    "json-deep-graph": (lambda: '{"@graph":' * 3_500 + "1" + "}" * 3_500, "jsonld"),
    "json-deep-by-one": (lambda: '{"@graph":' * 33 + "1" + "}" * 33, "jsonld"),
    "json-long-number": (
        lambda: '{"@id": "https://a.example/s", "https://a.example/p": ' + "9" * 5_000 + "}",
        "jsonld",
    ),
    "json-long-context": (lambda: json.dumps({"@context": "https://a.example/" + "x" * 900_000}), "jsonld"),
    "json-many-contexts": (lambda: json.dumps([{"@context": {f"k{n}": "@id"}} for n in range(20_000)]), "jsonld"),
    "json-wide": (lambda: json.dumps({f"https://a.example/{n}": n for n in range(25_000)}), "jsonld"),
    "json-backslashes": (lambda: '{"@id": "' + "\\" * 900_000 + '"}', "jsonld"),
    # H15, H17
    "xml-quadratic": (
        lambda: XML + '<!DOCTYPE r [<!ENTITY a "' + "x" * 50_000 + '">]>' + RDF + "&a;" * 2_000 + "</rdf:RDF>",
        "rdf",
    ),
    "xml-doctype-late": (lambda: XML + "<!--" + "x" * 100_000 + '--><!DOCTYPE r [<!ENTITY a "b">]>' + RDF, "rdf"),
    "xml-deep": (lambda: XML + RDF + "<rdf:Description><e:p>" * 22_000, "rdf"),
    "xml-attributes": (
        lambda: XML + RDF + "<rdf:Description " + " ".join(f'e:a{n}="x"' for n in range(19_000)) + "/></rdf:RDF>",
        "rdf",
    ),
    "xml-open-brackets": (lambda: XML + RDF + "<a " * 300_000, "rdf"),
    # H18, H19, H20
    "turtle-triple-terms": (lambda: PREFIX + "a:s a:p " + "<<( a:a a:b " * 18_300, "ttl"),
    "turtle-nested-nodes": (lambda: PREFIX + "a:s a:p " + "[a:p " * 80_000, "ttl"),
    "turtle-nested-lists": (lambda: PREFIX + "a:s a:p " + "(" * 50_000, "ttl"),
    "turtle-prefixes": (lambda: "".join(f"@prefix p{n}: <https://a/> .\n" for n in range(20_000)) + TURTLE, "ttl"),
    "turtle-triples": (lambda: S_P + ", ".join(f"<https://a.example/{n}>" for n in range(20_001)) + " .", "ttl"),
    "turtle-long-text": (lambda: f'{S_P}"{"x" * 20_001}" .', "ttl"),
    "turtle-open-text": (lambda: S_P + '"""' + "x" * 1_000_000, "ttl"),
    "turtle-long-prefix": (
        lambda: f"@prefix a: <https://a.example/{'x' * 5_000}> .\na:b a:c {'a:d, ' * 100_000} a:e .",
        "ttl",
    ),
    "turtle-long-number": (lambda: S_P + "9" * 5_000 + " .", "ttl"),
    "turtle-html": (
        lambda: f'{S_P}"{"<div>" * 3_000}"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#HTML> .',
        "ttl",
    ),
    "turtle-escapes": (lambda: f'{S_P}"' + "\\u0041" * 170_000 + '" .', "ttl"),
    # H27, H30
    "nodes-clique": (
        lambda: "".join(f"_:n{a} {S_P.split()[1]} _:n{b} .\n" for a in range(12) for b in range(12) if a != b),
        "nt",
    ),
    "nodes-star": (lambda: "".join(f"<https://a.example/s> {S_P.split()[1]} _:n{n} .\n" for n in range(1_000)), "nt"),
    "nodes-too-many": (lambda: "".join(f"_:n{n} {S_P.split()[1]} 'x' .\n" for n in range(2_001)), "ttl"),
    "shapes-violations": (
        lambda: "".join(f"<https://a.example/{n}> a <https://w3id.org/ospo/ns#Office> .\n" for n in range(5_000)),
        "ttl",
    ),
    "shapes-patterns": (
        lambda: OFFICE.replace("FR", "a" * 20_000 + "!") + f"email: {'a' * 9_000}!\ncode: http://{'a.' * 9_000}!\n",
        "yaml",
    ),
    "office-url-long": (lambda: OFFICE.replace("office.example", "office.example/" + "x" * 19_000), "yaml"),
    "html-of-a-megabyte": (lambda: "<!doctype html>" + "<p>" * 349_000, "html"),
    "nothing-but-nul": (lambda: "\0" * 1_048_576, "bin"),
    "nothing-but-blanks": (lambda: "\n" * 1_048_576, "yaml"),
    "one-byte-too-many": (lambda: "#" * 1_048_577, "yaml"),
    "as-large-as-can-be": (lambda: TURTLE + "#" * (1_048_576 - len(TURTLE)), "ttl"),
}
DOCUMENTS = {name: ((lambda make=make: make().encode()), kind) for name, (make, kind) in TEXTS.items()}
DOCUMENTS["xml-utf16"] = (lambda: (XML + '<!DOCTYPE r [<!ENTITY a "b">]>' + RDF).encode("utf-16"), "rdf")
