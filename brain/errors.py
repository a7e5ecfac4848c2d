"""What can go wrong in the brain's own house; each message says what to do next."""

from doorbus.errors import DoorwardError


class BrainError(DoorwardError):
    """Anything that keeps the brain from working."""


class StoreError(BrainError):
    """The database cannot be opened, read or written."""


class FrameStoreError(BrainError):
    """A frame cannot be kept or read back."""

    retryable = True
