"""What can go wrong when looking at faces; a tree of its own, for this package knows no bus."""

from __future__ import annotations

from enum import Enum


class FacesError(Exception):
    """Root of every error this package raises on purpose: what happened, where, what to do."""

    retryable = False
    """True where the same call may succeed later without anybody changing anything."""


class ModelError(FacesError):
    """A model file is missing, is not the pinned one, or cannot be fetched or loaded."""


class JpegFault(Enum):
    """Why bytes are not a picture that this project decodes; the value is safe to send and log."""

    EMPTY = "empty"
    NOT_JPEG = "not_jpeg"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    PROGRESSIVE = "progressive"
    UNSUPPORTED = "unsupported"
    COMPONENTS = "components"
    SEVERAL_SCANS = "several_scans"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    UNDECODABLE = "undecodable"


class JpegError(FacesError):
    """Bytes are refused as a picture.

    Attributes:
        reason: which rule they break.
    """

    def __init__(self, reason: JpegFault, message: str) -> None:
        super().__init__(message)
        self.reason = reason
