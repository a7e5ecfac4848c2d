"""What can go wrong in the console; each message says what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from doorbus.errors import DoorwardError
from doorbus.messages import ErrorCode


class ConsoleError(DoorwardError):
    """Anything that keeps the console from doing what it was asked to."""


class AccountStoreError(ConsoleError):
    """The file of accounts and sessions cannot be opened, read or written."""


class NotDone(ConsoleError):  # noqa: N818  # reads as what happened
    """Something was not done, and the person who asked for it is told why.

    Attributes:
        code: why the brain refused it; None where it was not the brain who did.
        fields: what is wrong with which field of the form, by its name.
        status: of the HTTP answer.
    """

    def __init__(
        self,
        text: str,
        *,
        code: ErrorCode | None = None,
        fields: Mapping[str, str] | None = None,
        status: int = 422,
    ) -> None:
        super().__init__(text)
        self.code = code
        self.fields = dict(fields or {})
        self.status = status


class BrainAway(NotDone):
    """Broker or brain are not there, or did not answer: nobody knows whether it was done.

    Asking again with the same transaction is safe: it is done once.

    Attributes:
        sent: whether it may have reached the brain this time; otherwise it did not.
    """

    def __init__(self, text: str, *, sent: bool = True) -> None:
        super().__init__(text, status=503)
        self.sent = sent
