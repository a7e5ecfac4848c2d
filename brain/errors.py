"""What can go wrong in the brain's own house; each message says what to do next."""

from doorbus.errors import DoorwardError
from doorbus.messages import ErrorCode


class BrainError(DoorwardError):
    """Anything that keeps the brain from working."""


class StoreError(BrainError):
    """The database cannot be opened, read or written."""


class VaultError(StoreError):
    """What is sealed does not open: damaged, moved, or of another key."""


class FrameStoreError(BrainError):
    """A frame cannot be kept or read back."""

    retryable = True


class RequestRefused(BrainError):  # noqa: N818  # reads as what happened
    """An administrator's request is refused, and changed nothing.

    Attributes:
        code: for machines; the message is for people and names nobody.
    """

    def __init__(self, code: ErrorCode, text: str) -> None:
        super().__init__(text)
        self.code = code


class BackupError(BrainError):
    """A backup cannot be made, read or put back."""
