"""The corrections of the facts that come with the program, as a page, as downloads and as an Atom feed.

In: the query string, the coding log of the read model. Out: HTML, CSV, JSON, Atom, with fields and values in words.
"""
