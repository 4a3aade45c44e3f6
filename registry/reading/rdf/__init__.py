"""RDF documents as triples: what is guarded before the native parser, and what is mended or named after it.

In: text. Out: N-Triples, remarks on what is lost or mended, and the places of values.
"""
