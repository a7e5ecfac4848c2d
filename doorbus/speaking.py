"""For which of its accounts does a console ask? Two user properties beside a request say it."""

from __future__ import annotations

from dataclasses import replace

from pydantic import ValidationError

from doorbus.bus import Wire
from doorbus.errors import MessageError
from doorbus.messages import Role, Speaker

FIELDS = frozenset(Speaker.model_fields)
"""The names of the properties."""


def for_account(wire: Wire, account: str, role: Role) -> Wire:
    """Say for whom a request is: `for_account(encode(REQUEST, request, "console.main"), ...)`.

    Args:
        wire: an encoded request.
        account: who signed in, 1 to 32 of a-z, 0-9 and -.
        role: what they may.

    Raises:
        MessageError: no account can have this name.
    """
    try:
        speaker = Speaker(account=account, role=role)
    except ValidationError:
        raise MessageError(f"{wire.topic}: an account is 1 to 32 of a-z, 0-9 and -") from None
    said = {"account": speaker.account, "role": speaker.role.value}
    return replace(wire, properties={**wire.properties, **said})


def speaker_of(wire: Wire) -> Speaker | None:
    """For whom a request is; None where it does not say.

    Raises:
        MessageError: it says so by half, or wrongly; no value is repeated.
    """
    said = {name: text for name, text in wire.properties.items() if name in FIELDS}
    if not said:
        return None
    try:
        return Speaker.model_validate(said, strict=False)
    except ValidationError:
        roles = ", ".join(role.value for role in Role)
        raise MessageError(
            f"{wire.topic}: the user properties `account` (1 to 32 of a-z, 0-9 and -) and `role` "
            f"({roles}) belong together"
        ) from None
