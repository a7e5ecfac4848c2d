"""What may stand in a field, whatever the message?"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

DoorName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
"""A lock with its edge."""

GroupName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
"""A group of residents or of doors, or an area, as administrators call it."""

Card = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
"""A resident's campus card number: exactly 12 digits."""

PersonName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$",
    ),
]
"""A resident's name as an administrator writes it: 1 to 100 characters, no control characters."""

Id = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_./-]{1,80}$")]
"""An identifier made by one side and only compared by the other."""

Nonce = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""128 random bits in hexadecimal."""

Transaction = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,64}$")]
"""The administrator's own mark of a request: 1 to 64 printable characters without spaces."""

Text = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")
]
"""A short line for people."""

Counter = Annotated[int, Field(ge=0, le=2**53)]
Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]
Milliseconds = Annotated[int, Field(ge=0, le=600_000)]
Pixel = Annotated[float, Field(ge=-4096, le=4096, allow_inf_nan=False)]
Point = tuple[Pixel, Pixel]

MAX_BURST = 40
"""Most crops that one burst may hold; the default burst has 20."""

MAX_ENROLMENT = 1000
"""Most frames that one enrolment may ask for; the default is 200."""

MAX_LOOKALIKES = 16
"""Most lookalikes of one resident that are named, the nearest first."""


class Payload(BaseModel):
    """Root of every payload: immutable, no unknown fields, no silent conversions of type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
