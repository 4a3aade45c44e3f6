"""The vocabulary as Python values: the only room that reads the files of `ontology/` and `shapes/`.

In: those files, in Turtle and JSON-LD. Out: concepts, jurisdictions, definitions of the keys of a description file, and
labels by language. It must not know sources, stores or pages.
"""
