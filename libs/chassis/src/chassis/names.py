"""Names of companies: how two that mean the same are found, and how people search for one.

A rule of thumb with words as its data, tuned by examples in the tests.
"""

import re
import unicodedata

from pypinyin import Style, lazy_pinyin

CHINESE_SUFFIXES = (
    "股份有限公司",
    "有限责任公司",
    "有限公司",
    "集团公司",
    "总公司",
    "股份公司",
    "集团",
    "公司",
)
_WESTERN = (
    "ag bv co company corp corporation gmbh group holding holdings inc incorporated kg "
    "limited llc llp ltd nv oy plc pte pty sa sarl sas spa srl"
)
WESTERN_SUFFIXES = frozenset(_WESTERN.split())
_BRANCH = re.compile(r"(分公司|分店|办事处|分厂)$")
_APART = re.compile(r"[\W_]+")
_BRACKETS = re.compile(r"[(（].*?[)）]")
MOST_WORDS = 80
LONGEST_WORD = 60


def same_name(name: str) -> str:
    """The name as written, whatever the width, capitals and spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def core_of(name: str) -> str:
    """What remains of a company's name without its legal form: what is compared.

    A branch keeps its name whole: it is another place of the same company, not a duplicate.
    """
    plain = same_name(name)
    if not _BRANCH.search(plain):
        plain = _BRACKETS.sub(" ", plain)
    words = [word for word in _APART.split(plain) if word]
    while len(words) > 1 and words[-1] in WESTERN_SUFFIXES:
        words.pop()
    core = "".join(words) or plain
    return _without_chinese_form(core)


def _without_chinese_form(core: str) -> str:
    if _BRANCH.search(core):
        return core
    for suffix in CHINESE_SUFFIXES:
        if core.endswith(suffix) and len(core) > len(suffix):
            return _without_chinese_form(core.removesuffix(suffix))
    return core


def pieces_of(core: str) -> list[str]:
    """Neighbouring characters: what similar names share most of.

    Pairs of Chinese characters, threes of letters: each rare enough to look names up by.
    """
    length = 3 if core.isascii() else 2
    if len(core) <= length:
        return [core] if core else []
    return sorted({core[n : n + length] for n in range(len(core) - length + 1)})


def likeness(one: str, other: str) -> float:
    """Dice's coefficient over pieces: 1 for the same, 0 for nothing in common."""
    if one == other:
        return 1.0
    first, second = set(pieces_of(one)), set(pieces_of(other))
    if not first or not second:
        return 0.0
    return 2 * len(first & second) / (len(first) + len(second))


def searchable(names: list[str]) -> list[str]:
    """What somebody may begin to type: any word or character on, in writing, pinyin, initials."""
    found: dict[str, None] = {}
    for name in names:
        plain = same_name(name)
        starts = [n for n in range(len(plain)) if _starts_word(plain, n)]
        found |= dict.fromkeys(plain[n:] for n in starts)
        if any("\u4e00" <= character <= "\u9fff" for character in plain):
            squeezed = _APART.sub("", plain)
            syllables = lazy_pinyin(squeezed)
            initials = lazy_pinyin(squeezed, style=Style.FIRST_LETTER)
            found |= dict.fromkeys("".join(syllables[n:]) for n in range(len(syllables)))
            found |= dict.fromkeys("".join(initials[n:]) for n in range(len(initials)))
    return [word[:LONGEST_WORD] for word in found][:MOST_WORDS]


def _starts_word(text: str, at: int) -> bool:
    here = text[at]
    if not here.isalnum():
        return False
    return at == 0 or "\u4e00" <= here <= "\u9fff" or not text[at - 1].isalnum()
