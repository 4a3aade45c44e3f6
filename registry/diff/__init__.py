"""What a new version of a description says otherwise than the one before it.

In: two sets of triples. Out: a list of `Change`s, and the same as triples. Pure; it must not know fetches or stores.
"""
