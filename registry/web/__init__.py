"""The website: pages, pictures, linked data, downloads and the SPARQL endpoint.

In: HTTP requests, values of the read model, answers of the endpoint. Out: HTTP responses. It parses no foreign
document, writes nothing to the store, and must not know how sources are fetched.
"""
