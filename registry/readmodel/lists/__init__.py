"""The lists of countries, offices and policies, and the search in them.

In: values of the read model, the words of a visitor. Out: entries in order. It must not know pages.
"""
