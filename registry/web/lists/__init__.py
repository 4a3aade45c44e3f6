"""The lists of countries, offices and policies as pages and downloads, and the search.

In: the query string, entries of the read model. Out: HTML, CSV and JSON; facets in words, each choice with its address.
"""
