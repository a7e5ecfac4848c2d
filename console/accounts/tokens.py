"""What may stand in a cookie or a link, and under what is it kept?"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

_BYTES: Final = 32
MOST: Final = 64
"""Characters; a longer text is no token of ours."""


def fresh() -> str:
    """A new secret of 256 random bits, 43 characters of A-Z, a-z, 0-9, `-` and `_`."""
    return secrets.token_urlsafe(_BYTES)


def kept(token: str) -> bytes:
    """What is kept of a token: who reads the file cannot sign in with it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def form_token(token: str) -> str:
    """What a page carries to show that its server made it for this cookie; tells nothing of it."""
    key = token.encode("utf-8", "replace")
    return hmac.new(key, b"doorward console form", hashlib.sha256).hexdigest()
