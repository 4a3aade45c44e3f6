"""JSON as a tree or, where it is JSON-LD, as a text that is safe for the RDF parser.

In: text. Out: a tree of `registry.reading.tree`; or JSON-LD with our context in place of its address, and what of its
values stands in no triple.
"""
