"""How does a picture for an enrolment travel, and by which name is it acknowledged?"""

from __future__ import annotations

from pydantic import Field

from doorbus.messages.fields import MAX_ENROLMENT, Id, Nonce, Payload

MAX_PHOTOS = 200
"""Most photos that one enrolment by upload may ask for."""


class EnrolFrame(Payload):
    """One camera picture of an enrolment; everything but the picture travels as user properties."""

    jpeg: bytes = Field(repr=False)
    enrolment: Id
    index: int = Field(ge=0, lt=MAX_ENROLMENT)
    count: int = Field(ge=1, le=MAX_ENROLMENT)

    @property
    def item(self) -> str:
        """The name by which an ack knows this frame."""
        return frame_item(self.enrolment, self.index)


def frame_item(enrolment: str, index: int) -> str:
    """The name by which an ack knows frame `index` of `enrolment`."""
    return f"{enrolment}/{index}"


class UploadFrame(Payload):
    """One photo for an enrolment that was opened with `"source": "upload"`."""

    jpeg: bytes = Field(repr=False)
    enrolment: Id
    token: Nonce = Field(repr=False)
