"""Worker processes for what is foreign: documents to read, and visitors' queries.

In: a request as a header and a body. Out: an answer, or a `WorkerError`. It knows pipes, limits of memory and time, and
the filter of system calls; it must not know what a worker works at: each worker loads that by name.
"""
