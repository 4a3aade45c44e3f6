"""How the cost of a task grows with its input: a ratio within one run, which is the same on slow and fast machines."""

import time

_TURNS = 2
_DOUBT = 5  # more turns, for a machine that did something else just then


def growth(task, small, large, at_most):
    """Return how many times as much CPU time a task takes on large input as on small, by the least of some turns.

    Where that is more than `at_most`, more turns are taken before it is believed.
    """
    least = {"small": float("inf"), "large": float("inf")}
    for turn in range(_TURNS + _DOUBT):
        if turn >= _TURNS and least["large"] <= at_most * least["small"]:
            break
        for name, value in (("small", small), ("large", large)):
            start = time.process_time()
            task(value)
            least[name] = min(least[name], time.process_time() - start)
    return least["large"] / least["small"]
