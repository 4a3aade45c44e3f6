"""Who may speak for what, and which records are one thing.

In: the description of each source with its state. Out: records with their authority, groups of records that are
one office or policy, and the names of these. It must not know the store or what the merged graph looks like.
"""
