"""SPARQL 1.1 queries as trees: the grammar as data, and the engine that reads a text by it.

In: the text of a query. Out: its tree, or a QueryError that says where and what was expected. It knows no store and no
dataset; what is done with a tree is the duty of `registry.endpoint.query`.
"""
