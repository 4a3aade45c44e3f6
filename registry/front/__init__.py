"""The web server: connections, waiting rooms and processes in front of a WSGI application.

In: a `Site` (what is answered, and in which room) and the settings. Out: answers over HTTP/1.1, within limits of time,
memory and number that no stranger can take from others. It must not know what is served: pages, queries and files are
the affair of the application.
"""
