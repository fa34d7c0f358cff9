"""The words a deal is found by: pairs of Chinese characters, Latin words, pinyin and initials.

Words are the beginnings that a query may have. Chinese text gives every pair of neighbouring
characters; a name in Chinese also gives its pinyin (拼音) and initials from each character on, so
that it is found from the middle as well. A query gives words that must all be there, the Latin
ones as beginnings.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

MOST_WORDS = 120
LONGEST_NAME, LONGEST_NEED = 40, 60
_MOST_STARTS = 8
_LONGEST_PINYIN, _LONGEST_INITIALS, _LONGEST_LATIN = 12, 8, 24
_RUNS = re.compile(r"[㐀-鿿]+|[^\W_㐀-鿿]+")
_HAN = re.compile(r"[㐀-鿿]")


def words_of(
    name: str, customer: str | None, products: Iterable[str], need: str | None
) -> list[str]:
    """The words of a deal, the most telling first; at most 120."""
    words: dict[str, None] = {}
    for named in (name, customer or "", *products):
        words |= dict.fromkeys(_name_words(named))
    if need:
        words |= dict.fromkeys(_text_words(need[:LONGEST_NEED]))
    return list(words)[:MOST_WORDS]


def words_asked(query: str) -> tuple[list[str], list[str]]:
    """What a query asks for: words as they are, and beginnings of words."""
    whole: dict[str, None] = {}
    beginnings: dict[str, None] = {}
    for run in _RUNS.findall(_plain(query)):
        if not _HAN.match(run):
            beginnings[run[:_LONGEST_PINYIN] if run.isalpha() else run[:_LONGEST_LATIN]] = None
        elif len(run) == 1:
            beginnings[run] = None
        else:
            whole |= dict.fromkeys(_pairs(run)[:-1])
    return list(whole), list(beginnings)


@lru_cache(maxsize=20_000)
def _name_words(text: str) -> tuple[str, ...]:
    words: list[str] = []
    for run in _RUNS.findall(_plain(text)[:LONGEST_NAME]):
        if _HAN.match(run):
            words += _pairs(run)
            syllables = lazy_pinyin(run)
            initials = "".join(lazy_pinyin(run, style=Style.FIRST_LETTER))
            for start in range(min(len(run) - 1, _MOST_STARTS)):
                words.append("".join(syllables[start:])[:_LONGEST_PINYIN])
                words.append(initials[start : start + _LONGEST_INITIALS])
        else:
            words.append(run[:_LONGEST_LATIN])
    return tuple(dict.fromkeys(words))


def _text_words(text: str) -> list[str]:
    words: list[str] = []
    for run in _RUNS.findall(_plain(text)):
        words += _pairs(run) if _HAN.match(run) else [run[:_LONGEST_LATIN]]
    return words


def _pairs(run: str) -> list[str]:
    """Neighbouring characters; the last one also alone, so that each begins some word."""
    return [run[start : start + 2] for start in range(len(run))]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
