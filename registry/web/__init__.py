"""The web surface: pages, SPARQL, linked data and downloads.

In: HTTP requests, the read model, the endpoint. Out: HTTP responses. It parses nothing foreign, writes nothing to the
store, and must not know how sources are fetched.
"""
