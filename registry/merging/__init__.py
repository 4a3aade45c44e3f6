"""One graph out of what all sources say.

In: the records of all sources. Out: triples, office by office. Pure; it must not know the store or the web.
"""
