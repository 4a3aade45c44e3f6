"""Validation of descriptions against the SHACL shapes.

In: a `Description`. Out: a `Report` of `Finding`s, and its forms (text, JSON, SARIF, RDF). Pure functions; they run in
a worker process. They must not know where a description came from or what is done with it.
"""
