"""The changes as a page, as downloads and as an Atom feed.

In: the query string, entries of the read model. Out: HTML, CSV, JSON, Atom, with one sentence for each change.
"""
