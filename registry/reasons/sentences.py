"""Sentences with gaps, in several languages: filled with facts, and known again when they are met filled; pure.

The name of a gap says what kind of fact it takes. `{count}` and other `NUMBERS` are digits, `{url}` and other
`UNBROKEN` hold no blank, `{reason}` and other `NESTED` hold a sentence of their own; all others take any text.

What was filled in may be hostile, and hold the words of any sentence. So a sentence is known only where its facts can
be told in one way, and where what several sentences would make of it is the same. Matching takes a time that is linear
in the text: no pattern has two ways to match.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property

NUMBERS = frozenset("block bytes column count item limit line shown status total".split())
UNBROKEN = frozenset("day host kind office page peer robots source target url".split())
NESTED = frozenset("message reason result what why".split())

_GAP = re.compile(r"\{([a-z_]+)\}")
_BLANK = re.compile(r"\s")


def gaps(template: str) -> list[str]:
    """Return the names of the gaps of a sentence, in their order.

    >>> gaps("{url} answers {status}")
    ['url', 'status']
    """
    return _GAP.findall(template)


def filled(template: str, facts: Mapping[str, object]) -> str:
    """Return a sentence with its gaps filled. A fact may hold braces: nothing is looked for in what was filled in.

    >>> filled("{key}: write {ours}", {"key": "{ours}", "ours": "x"})
    '{ours}: write x'
    """
    return _GAP.sub(lambda gap: str(facts[gap[1]]) if gap[1] in facts else gap[0], template)


class Pattern:
    """How a sentence is known again.

    Between two gaps that take any text stands a mark: words, and the numbers among them. Those between the first and
    the last mark are looked for from the left, as early as they can be, and from the right, as late as they can be:
    where both find the same places, there are no others.
    """

    def __init__(self, template: str) -> None:
        pieces = _GAP.split(template)  # words, gap, words, gap, words
        marks = [[pieces[0]]]
        self._names: list[str] = []
        for name, words in zip(pieces[1::2], pieces[2::2], strict=True):
            if name in NUMBERS:
                marks[-1] += [name, words]
            else:
                self._names.append(name)
                marks.append([words])
        self._numbers = [name for mark in marks for name in mark[1::2]]
        self._from_left = [_expression(mark[::2]) for mark in marks]
        self._from_right = [_expression([words[::-1] for words in mark[::-2]]) for mark in reversed(marks)]

    def facts(self, text: str, mirrored: str) -> dict[str, str] | None:
        """Return the facts of a text that is this sentence; None where it is not, or could have several sets of them.

        `mirrored` is the text from its end to its beginning.
        """
        length, names = len(text), self._names
        if not names:
            whole = self._from_left[0].fullmatch(text)
            return _agreed([*zip(self._numbers, whole.groups(), strict=True)]) if whole else None
        first, last = self._from_left[0].match(text), self._from_right[0].match(mirrored)
        if not first or not last or first.end() + last.end() > length:
            return None
        early = _places(self._from_left[1:-1], text, first.end(), length - last.end())
        late = _places(self._from_right[1:-1], mirrored, last.end(), length - first.end())
        spans = [found.span() for found in early]
        if len(early) < len(names) - 1 or spans != [(length - at.end(), length - at.start()) for at in late[::-1]]:
            return None
        of_last = [digits[::-1] for digits in last.groups()[::-1]]
        numbers = [*first.groups(), *(digits for found in early for digits in found.groups()), *of_last]
        starts, ends = [first.end(), *(end for _, end in spans)], [*(start for start, _ in spans), length - last.end()]
        told = [text[start:end] for start, end in zip(starts, ends, strict=True)]
        return _agreed([*zip(names, told, strict=True), *zip(self._numbers, numbers, strict=True)])


def _agreed(told: list[tuple[str, str]]) -> dict[str, str] | None:
    """Return the facts; None where a gap has two of them, or one with a blank that it cannot have."""
    facts = dict(told)
    is_wrong = any(facts[name] != fact or (name in UNBROKEN and _BLANK.search(fact)) for name, fact in told)
    return None if is_wrong else facts


def _expression(words: list[str]) -> re.Pattern[str]:
    """Return the expression for these words with a number between each two; a number is taken whole or not at all."""
    return re.compile("([0-9]++)".join(map(re.escape, words)))


def _places(marks: list[re.Pattern[str]], text: str, start: int, end: int) -> list[re.Match[str]]:
    """Return where the marks stand between start and end, each as early as can be, up to one that is not there."""
    places: list[re.Match[str]] = []
    for mark in marks:
        found = mark.search(text, start, end)
        if not found:
            break
        places.append(found)
        start = found.end()
    return places


class Sentences:
    """Sentences by their codes, each in several languages, of which English is one."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        self.texts = texts

    @cached_property
    def _patterns(self) -> Mapping[str, Pattern]:
        return {code: Pattern(by_language["en"]) for code, by_language in self.texts.items()}

    def text(self, code: str, language: str, facts: Mapping[str, object]) -> str:
        """Return the sentence of that code in a language. Raises KeyError where there is none."""
        return filled(self.texts[code][language], facts)

    def translated(self, text: str, language: str, inside: Callable[[str], str]) -> str | None:
        """Return the sentence in a language that an English one is, with its facts; None where that cannot be told.

        `inside` translates the sentences that it holds.
        """
        mirrored, found = text[::-1], set[str]()
        for code, pattern in self._patterns.items():
            facts = pattern.facts(text, mirrored)
            if facts is not None and (template := self.texts[code].get(language)):
                told = {name: inside(fact) if name in NESTED else fact for name, fact in facts.items()}
                found.add(filled(template, told))
        return found.pop() if len(found) == 1 else None
