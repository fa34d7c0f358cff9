"""Ways of reaching somebody, brought into one form so that they can be compared, or hidden."""

import re

_PUBLIC_MAIL = (
    "126.com 139.com 163.com 163.net 188.com 189.cn 21cn.com aliyun.com aol.com foxmail.com "
    "gmail.com gmx.com gmx.de googlemail.com hotmail.com icloud.com live.cn live.com "
    "mail.com mail.ru me.com msn.com outlook.com proton.me protonmail.com qq.com sina.cn "
    "sina.com sohu.com tom.com vip.163.com vip.qq.com vip.sina.com wo.cn web.de yahoo.com "
    "yahoo.com.cn yandex.ru yeah.net"
)
PUBLIC_MAIL = frozenset(_PUBLIC_MAIL.split())
_NOT_DIGITS = re.compile(r"\D+")
_COUNTRY = "86"


def phone_digits(number: str) -> str | None:
    """The digits that tell numbers apart: without +86, 0086, a trunk zero or punctuation."""
    digits = _NOT_DIGITS.sub("", number)
    digits = digits.removeprefix("00")
    if digits.startswith(_COUNTRY) and len(digits) > 10:
        digits = digits[2:]
    digits = digits.lstrip("0")
    return digits if len(digits) >= 7 else None


def mail_address(address: str) -> str:
    return address.strip().casefold()


def domain_of(address: str) -> str | None:
    """The private domain of a mail address or site; None for one that the public shares."""
    plain = address.strip().casefold()
    host = plain.rpartition("@")[2] if "@" in plain else plain.partition("://")[2] or plain
    host = host.partition("/")[0].partition(":")[0].removeprefix("www.")
    if "." not in host or host in PUBLIC_MAIL:
        return None
    return host


def masked(number: str) -> str:
    """A number with only its ends legible, for those without the right to see it."""
    if len(number) <= 7:
        return "*" * len(number)
    return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"
