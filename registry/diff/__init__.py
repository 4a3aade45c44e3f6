"""What changed between two versions of a description.

In: two sets of triples. Out: a list of `Change`s, and the same as triples. Pure; it must not know fetches or stores.
"""
