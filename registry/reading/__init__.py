"""From the bytes of a description to its graph.

In: bytes, media type, address. Out: a `Description`, or a `ReadingError` with its line. Pure functions, run in a
worker without network; they must not know shapes, stores or what the registry holds already.
"""
