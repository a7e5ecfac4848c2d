"""The tree of errors: one root, and whether trying again may help."""


class DoorwardError(Exception):
    """Root of every error raised on purpose; it says what happened, where, and what to do."""

    retryable = False
    """True where the same call may succeed later without anybody changing anything."""


class ConfigError(DoorwardError):
    """A configuration file is wrong; the message lists every mistake with file and key."""


class MessageError(DoorwardError):
    """A message does not fit the contract."""


class SignatureRefused(MessageError):  # noqa: N818  # reads as what happened
    """A signature is missing, malformed, or does not verify."""


class PassUnreadable(MessageError):  # noqa: N818  # reads as what happened
    """A text is no visitor's pass that the brain signed."""


class KeyMaterialError(DoorwardError):
    """A key or certificate file is missing, unreadable, or of the wrong kind."""


class BusError(DoorwardError):
    """Something about the connection to the broker."""


class NotConnectedError(BusError):
    """The broker is not there right now."""

    retryable = True


class PublishRefused(BusError):  # noqa: N818
    """The broker refused a publish, mostly because the access list forbids it."""


class TooLargeError(BusError):
    """A message is larger than the broker takes; refused before it was sent."""


class QueueFullError(BusError):
    """Too much waits to be sent."""

    retryable = True
