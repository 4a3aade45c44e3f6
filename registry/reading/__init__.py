"""From the bytes of a document to its description.

In: the bytes, their media type and address, and the name of the graph. Out: a `Description` (sorted N-Triples without
blank nodes, the places of its values, and remarks on what was mended, misspelt or left out), or a `ReadingError` with
line and column of the fault. Pure functions; they run in a worker process without network. They must not know the
shapes, the store or what the registry holds already.

`format` tells which reader takes a document: `yaml/`, `json/` and `table` make a tree, of which `outline/` makes
JSON-LD; `rdf/` reads that, and all other RDF. `describe` puts them together.
"""
