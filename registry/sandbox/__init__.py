"""Worker processes for foreign input: documents to read, and visitors' queries.

In: a request, that is a header (a JSON object) and a body (bytes). Out: an answer of the same form, or a `WorkerError`.
The room knows processes, pipes, limits of memory and time, and the filter of system calls. It must not know reading or
queries: each worker loads the function that does its work by name.
"""
