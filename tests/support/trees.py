"""Trees that a document may hold, and what was read of them, as plain values with places."""

from hypothesis import strategies as st

from registry.errors import ReadingError
from registry.reading import decoding

# texts with all that is hard: signs of YAML and JSON, line ends of other standards, marks that are not seen
_HARD = "ab é😀\u00a0\u0085\u2028\u2029\u200d-:#?!&*|>'\"%@`,[]{}\\=.~<0"
TEXTS = st.text(st.sampled_from(_HARD), max_size=12) | st.text(max_size=8).filter(
    lambda text: not decoding.forbidden(text)
)
KEYS = st.sampled_from(["https://a.example/?x=1#y", "en", "no", "a b", "~", "null", "2018"]) | st.text(
    "abc_é:-", min_size=1, max_size=6
).filter(lambda key: key[0] not in "-:" and key[-1] != ":")
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        st.none() | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def read_or_refused(read, *arguments):
    """Return what `read` returns of the arguments, or the ReadingError that it raises."""
    try:
        return read(*arguments)
    except ReadingError as error:
        return error


def plain(value):
    """Return what was read without places."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def scalars(value):
    """Yield each text and null of what was read, with its place."""
    pairs = [(inner, value.value_at(key)) for key, inner in value.items()] if isinstance(value, dict) else []
    pairs += zip(value, value.items_at, strict=True) if isinstance(value, list) else []
    for inner, place in pairs:
        if isinstance(inner, dict | list):
            yield from scalars(inner)
        else:
            yield inner, place


def refusals(value):
    """Yield each ReadingError in what was read."""
    if isinstance(value, ReadingError):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from refusals(inner)
