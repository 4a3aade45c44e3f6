"""Every IRI and address of the registry, in one place.

In: text of addresses, identifiers of sources. Out: the one form in which addresses are compared, and the names
of graphs, sources and things. It must not know what is said under these names, nor any store.
"""
