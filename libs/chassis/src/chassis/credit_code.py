"""The unified social credit code 统一社会信用代码, checked as GB 32100-2015 says.

18 characters: registration department, category, six digits of the region, nine of the
organisation code, and a check character (weights 3^n, modulo 31).
"""

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def normalised(code: str) -> str:
    return code.strip().upper()


def is_credit_code(code: str) -> bool:
    """Whether `code` (in capitals) has the right length, characters and check character."""
    if len(code) != 18 or any(character not in _ALPHABET for character in code):
        return False
    if not code[2:8].isdigit():
        return False
    weighted = sum(
        weight * _ALPHABET.index(character)
        for weight, character in zip(_WEIGHTS, code[:17], strict=True)
    )
    return _ALPHABET[-weighted % 31] == code[17]
