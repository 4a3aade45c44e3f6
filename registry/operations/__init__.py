"""The command line and its operations: each builds what it needs from the settings and runs it; nobody imports it.

In: arguments and settings. Out: exit codes, messages, running processes. It alone knows both `federation` and the
writer.
"""
