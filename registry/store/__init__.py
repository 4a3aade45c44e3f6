"""Quads in one place: on this machine's disk or on a SPARQL 1.1 server, behind one protocol.

In: SPARQL texts, built by `sparql_text` alone. Out: results as bytes, rows or triples. It must not know what the
quads mean.
"""
