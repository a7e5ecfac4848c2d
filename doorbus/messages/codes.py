"""What is shown to a door beside a face: a card or a PIN, and how are PINs set?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from doorbus.messages.change import Change
from doorbus.messages.fields import Card, Counter, Nonce, Payload

LEAST_ALONE: Final = 6
"""Digits that a PIN needs at least to open a door alone."""

Pin = Annotated[str, StringConstraints(pattern=r"^[0-9]{4,11}$")]
"""4 to 11 digits: one more is a card, so that one keypad and reader can serve both."""

Digits = Annotated[str, StringConstraints(pattern=r"^([0-9]{4,11}|[0-9]{12})$")]
"""What a reader gave: a PIN, or a card of 12 digits."""


class CodeKind(StrEnum):
    """What was shown."""

    CARD = "card"
    PIN = "pin"


class SecondFactor(Payload):
    """A card or a PIN.

    Attributes:
        kind: which.
        value: the digits; in no log, no event and no answer.
    """

    kind: CodeKind = Field(strict=False)
    value: Digits = Field(repr=False)

    @model_validator(mode="after")
    def _of_its_length(self) -> SecondFactor:
        if (len(self.value) == 12) != (self.kind is CodeKind.CARD):
            raise ValueError("a card has 12 digits, a PIN 4 to 11")
        return self


class CodeShown(SecondFactor):
    """A code without a face; answered by a verdict, as a burst is."""

    visit: Counter
    nonce: Nonce


class SetPin(Change):
    """Give a resident a PIN in the place of the one before.

    Attributes:
        card: whose.
        pin: of 6 digits or more it also opens alone, where doors and brain let codes do so.
        duress: another one, which opens just so and calls for help.
    """

    op: Literal["pin"]
    card: Card
    pin: Pin = Field(repr=False)
    duress: Pin | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _told_apart(self) -> SetPin:
        if self.duress == self.pin:
            raise ValueError("`duress` must be another one than `pin`")
        if self.duress is not None and len(self.duress) != len(self.pin):
            raise ValueError("`duress` must have as many digits as `pin`, or it gives itself away")
        return self


class UnsetPin(Change):
    """Take a resident's PINs away."""

    op: Literal["unpin"]
    card: Card
