"""In which encoding was a list of people saved? Spreadsheets do not say."""

from __future__ import annotations

import codecs
import re
from typing import Final

UTF_8: Final = "UTF-8"
UTF_16: Final = "UTF-16"
GB18030: Final = "GB18030"
WINDOWS_1252: Final = "Windows-1252"

ENCODINGS: Final = (UTF_8, GB18030, WINDOWS_1252, UTF_16)
"""What may be chosen by hand."""

_HIGH: Final = re.compile(rb"[\x80-\xff]+")


class UnknownEncoding(ValueError):  # noqa: N818  # reads as what happened
    """The bytes are no text in the encoding that was said, or in any known one."""


def decoded(data: bytes, encoding: str = "") -> tuple[str, str]:
    """The text of a list, and which encoding that was.

    Args:
        data: of the file.
        encoding: one of `ENCODINGS`; empty: found out.

    Raises:
        UnknownEncoding: it is none of these.
    """
    for one in (encoding,) if encoding else _candidates(data):
        if one not in ENCODINGS:
            continue
        try:
            return data.decode("utf-8-sig" if one == UTF_8 else one), one
        except UnicodeDecodeError:
            continue
    raise UnknownEncoding


def _candidates(data: bytes) -> tuple[str, ...]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return (UTF_16,)
    # One letter with an accent stands alone among letters without; Chinese ones stand in pairs.
    alone = all(len(run) == 1 for run in _HIGH.findall(data))
    return (UTF_8, WINDOWS_1252, GB18030) if alone else (UTF_8, GB18030, WINDOWS_1252)
