"""What may be set of passes, cards and PINs in a door's `edge.yaml`?"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from doorbus.messages import CodeKind
from doorbus.settings import FilePath, Settings
from edge.core.attempts import PauseRule
from edge.core.codes import CodeRule


class NoReaderSettings(Settings):
    """No card reader and no keypad."""

    kind: Literal["none"] = "none"


class EvdevReaderSettings(Settings):
    """A USB reader or keypad that acts as a keyboard: digits, then Enter.

    Attributes:
        device: its device, best by its name below `/dev/input/by-id`.
    """

    kind: Literal["evdev"]
    device: str = Field(pattern=r"^/dev/input/[A-Za-z0-9_.:/-]{1,200}$")


class SimulatedReaderSettings(Settings):
    """What is written to a FIFO; refused beside a real lock.

    Attributes:
        source: the FIFO; made where it is missing.
    """

    kind: Literal["simulated"]
    source: FilePath


ReaderSettings = Annotated[
    NoReaderSettings | EvdevReaderSettings | SimulatedReaderSettings, Field(discriminator="kind")
]


class PassSettings(Settings):
    """Whether visitors' passes are read.

    Attributes:
        kind: `camera` looks for QR codes in the door's own pictures.
        every_s: seconds between two looks.
    """

    kind: Literal["none", "camera"] = "none"
    every_s: float = Field(default=0.3, ge=0.1, le=5)


class SecondSettings(Settings):
    """What must be shown beside the face.

    Attributes:
        kind: the resident's own card or PIN.
        wait_s: seconds to wait for it.
    """

    kind: Literal["none", "card", "pin"] = "none"
    wait_s: float = Field(default=15, ge=3, le=60)


class CodeSettings(Settings):
    """What opens without a face.

    Attributes:
        alone: whether a PIN of 6 digits or more is asked about; the brain must allow it too.
        attempts: wrong codes in a row until codes rest.
        pause_s: the first such pause; each further one lasts twice as long.
        longest_pause_s: no pause is longer.
    """

    alone: bool = False
    attempts: int = Field(default=5, ge=1, le=10)
    pause_s: float = Field(default=30, ge=30, le=3600)
    longest_pause_s: float = Field(default=300, ge=30, le=3600)


class ShownSettings(Settings):
    """Everything about cards, PINs and passes that is set together.

    Attributes:
        reader: where cards and PINs come from.
        second: what is asked beside the face.
        codes: what opens without one.
        passes: whether visitors' passes are read.
    """

    reader: ReaderSettings = NoReaderSettings()
    second: SecondSettings = SecondSettings()
    codes: CodeSettings = CodeSettings()
    passes: PassSettings = PassSettings()

    @model_validator(mode="after")
    def _readable(self) -> ShownSettings:
        if self.reader.kind == "none" and (self.second.kind != "none" or self.codes.alone):
            raise ValueError("second and codes.alone need a reader: set reader.kind")
        if self.codes.alone and self.second.kind == "pin":
            raise ValueError(
                "with codes.alone and second.kind: pin nobody can tell what a PIN is for; "
                "choose one of them"
            )
        return self

    @property
    def code_rule(self) -> CodeRule:
        """The figures for `edge.core.codes`."""
        return CodeRule(
            second=None if self.second.kind == "none" else CodeKind(self.second.kind),
            wait_s=self.second.wait_s,
            alone=self.codes.alone,
            pause=PauseRule(self.codes.attempts, self.codes.pause_s, self.codes.longest_pause_s),
        )
