"""A visitor's query, answered within limits.

In: the text of a query, the media types that are welcome, a dataset. Out: an `Answer`, or a typed error. It must not
know HTTP or pages, and the pages must not know which kind of store answers.
"""
