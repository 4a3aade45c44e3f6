"""From a description to the report of what the SHACL shapes say of it.

In: a `Description`. Out: a `Report` of `Finding`s, and its forms (text, JSON, SARIF, RDF). Pure functions, run in a
worker; they must not know where a description came from or what becomes of it.
"""
