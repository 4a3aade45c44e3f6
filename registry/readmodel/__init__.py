"""What pages and downloads show, as frozen values.

In: the merged graph and the states of sources, of which the writer leaves the lists of each revision as a file. Out:
offices, policies, statements, countries, claims, lists, changes. It must not know HTTP, HTML or the wording of pages.
"""

import os

# numpy comes with a library of linear algebra, which nobody here needs, and which starts a thread for each processor as
# soon as it is loaded: the parent of the web processes must have none when it forks.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
