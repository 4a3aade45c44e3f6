"""The lists of countries, offices and policies, and the search in them.

In: values of the read model; a search text and the chosen values of facets. Out: what matches, and how many things each
further choice would leave. It must not know HTTP or the wording of pages.
"""
