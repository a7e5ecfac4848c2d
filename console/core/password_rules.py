"""Is a password good enough? Long, and none of those that are guessed first.

After NIST SP 800-63B, 3.1.1.2: length and a list of common ones, no rules of composition.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final

LEAST: Final = 12
"""Characters."""

MOST: Final = 256
"""Characters; more would only keep the console busy."""

_DISTINCT: Final = 5
"""Different characters that a password has at least."""

_STEMS: Final = frozenset(
    # SIM905: a list of words reads better as text.
    """
    password passw0rd passwort motdepasse contrasena mima mimamima letmein letmeinnow welcome
    welcomehome changeme changemenow default secret supersecret topsecret mysecret
    administrator administrador admin adminadmin root rootroot superuser user username guest test
    testtest testing temp temporary iloveyou iloveyousomuch woaini princess sunshine superman
    batman spiderman pokemon football baseball basketball liverpool chelsea arsenal barcelona
    dragon monkey master shadow michael jennifer jordan trustno starwars whatever computer internet
    samsung qwerty qwertyuiop qwertz qwertzuiop azerty azertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm
    qazwsx qazwsxedc qweasdzxc qaz wsx abc abcd abcdef abcdefg hello helloworld
    correcthorsebatterystaple doorward doorwarddoorward opensesame frontdoor backdoor console
    security university campus library student summer winter spring autumn january february
    """.split()  # noqa: SIM905
)
"""What the lists of leaked passwords are made of, once digits and signs around it are cut off."""

_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
)


class Weakness(StrEnum):
    """What is wrong with a password; the values are those of `console.accounts.Refusal`."""

    SHORT = "password_short"
    LONG = "password_long"
    NAME = "password_name"
    COMMON = "password_common"
    SIMPLE = "password_simple"


def normal(password: str) -> str:
    """A password as it is hashed: however a keyboard composes a letter, it is the same one."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, account: str) -> Weakness | None:
    """What is wrong with a password of an account; None where nothing is.

    Args:
        password: as typed.
        account: whose it is to be.
    """
    text = normal(password)
    if len(text) < LEAST:
        return Weakness.SHORT
    if len(text) > MOST:
        return Weakness.LONG
    folded = text.casefold()
    letters = re.sub(r"[\W\d_]+", "", folded)
    if _without(folded, account) <= 3:
        return Weakness.NAME
    if len(set(folded)) < _DISTINCT or _is_run(folded):
        return Weakness.SIMPLE
    if _only_stems(letters) or _only_stems(_read_digits(folded)):
        return Weakness.COMMON
    return None


def _without(text: str, account: str) -> int:
    """Letters and digits that are left of a password once its account's name is taken out."""
    left = text.replace(account, "") if account else text
    return len(re.sub(r"[\W_]+", "", left)) if left != text else len(text)


def _is_run(text: str) -> bool:
    """Whether it only runs along the alphabet or a keyboard, or says one short thing again."""
    for row in _ROWS:
        for line in (row, row[::-1]):
            if text in line or text in line * 2:
                return True
    return any(
        text == (text[:length] * len(text))[: len(text)] for length in range(1, len(text) // 3 + 1)
    )


def _read_digits(text: str) -> str:
    """Digits and signs that stand for letters within a word, read as those."""
    word = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    return re.sub(r"[\W\d_]+", "", word.translate(str.maketrans("013457@$!", "oleastasi")))


def _only_stems(letters: str) -> bool:
    """Whether letters are one common word, or one said several times; none are, too."""
    if not letters:
        return False
    return any(
        letters == (stem * (len(letters) // len(stem)))
        for stem in _STEMS
        if len(letters) % len(stem) == 0
    )
