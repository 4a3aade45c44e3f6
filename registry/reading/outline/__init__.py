"""A description file in our own form, of YAML, JSON or a table: its offices, policies, statements and fields.

In: a tree of `registry.reading.tree`. Out: one JSON-LD document, places and remarks. It must not know how a tree is
parsed.
"""
