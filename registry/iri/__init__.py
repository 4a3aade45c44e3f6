"""The form in which addresses are compared, and the IRIs of this registry.

In: addresses as people write them, identifiers of sources, prefixed names. Out: normalised hosts and home pages; names
of graphs, sources and concepts; RDF terms. It must not know what triples are about these IRIs, nor any store.
"""
