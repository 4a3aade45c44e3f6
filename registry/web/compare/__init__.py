"""The comparison as a page and as downloads.

In: the query string, rows of the read model. Out: HTML, CSV, JSON and Turtle, all of the state in the address.
"""
