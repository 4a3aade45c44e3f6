"""What `ontology/` and `shapes/` say, as Python values; nobody else reads those folders.

In: Turtle and JSON-LD files of this package. Out: concepts, jurisdictions, terms of the context, labels by language.
It must not know sources, stores or pages.
"""
