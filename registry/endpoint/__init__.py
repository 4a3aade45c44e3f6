"""Answers to visitors' SPARQL queries, within limits of time, memory and size.

In: the text of a query, the media types that the visitor accepts, a dataset. Out: an `Answer`, or a typed error. It
must not know HTTP or pages; and pages need not know whether the store is on this machine or on a server.
"""
