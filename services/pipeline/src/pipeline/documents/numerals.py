"""Amounts in Chinese capital numerals 大写金额, as papers and bills state them.

Follows the rules for filling in bills (正确填写票据和结算凭证的基本规定): 元 and 整 or 角分, one 零
for a gap of any length, a 零 before 角 or 分 where the place before it is empty.
"""

from decimal import ROUND_HALF_UP, Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")
_CENT = Decimal("0.01")
LARGEST = Decimal(10) ** 16


def in_capitals(amount: Decimal) -> str:
    """`1001.50` → `壹仟零壹元伍角整`; below zero with 负 in front.

    Raises:
        ValueError: 10^16 or more.
    """
    rounded = amount.quantize(_CENT, ROUND_HALF_UP)
    if abs(rounded) >= LARGEST:
        raise ValueError(f"{amount} is too large to be written out")
    sign = "负" if rounded < 0 else ""
    cents = int(abs(rounded) * 100)
    whole, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    if not cents:
        return "零元整"
    parts = [f"{_whole(whole)}元"] if whole else []
    if jiao:
        # 10元5角: the yuan end on an empty place, so a 零 stands between.
        gap = "零" if whole and whole % 10 == 0 else ""
        parts.append(f"{gap}{_DIGITS[jiao]}角")
    elif fen and whole:
        parts.append("零")
    parts.append(f"{_DIGITS[fen]}分" if fen else "整")
    return sign + "".join(parts)


def _whole(number: int) -> str:
    """A whole number above zero, in groups of four places."""
    groups = []
    while number:
        groups.append(number % 10_000)
        number //= 10_000
    words = ""
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            continue
        higher = groups[place + 1 :]
        # A gap: the group does not fill its four places, or nothing stood before it.
        has_gap = group < 1_000 or (bool(higher) and higher[0] % 10 == 0)
        if words and has_gap:
            words += "零"
        words += _group(group) + _unit(place, groups)
    return words


def _unit(place: int, groups: list[int]) -> str:
    # 万亿 is said as 万 before the 亿 that follows, where there are both.
    if place == 3 and groups[2]:
        return "万"
    return _GROUPS[place]


def _group(number: int) -> str:
    """One to 9,999."""
    words, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
        else:
            gap = True
    return words
