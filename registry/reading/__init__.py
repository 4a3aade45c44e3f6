"""From the bytes of a document to its description.

In: the bytes, their media type and address, and the name of the graph. Out: a `Description` (sorted N-Triples without
blank nodes, with the line of each statement of a YAML file), or a `ReadingError` with the line of the fault. Pure
functions; they run in a worker process without network. They must not know the shapes, the store or what the registry
holds already.
"""
