"""Where does the answer to a request go, and how is it remembered?"""

from __future__ import annotations

import hashlib
from typing import Any

import structlog
from pydantic import TypeAdapter

from brain.asking import level_of
from brain.errors import RequestRefused, StoreError
from brain.outgoing import Outgoing
from brain.ports import Clock
from brain.store_ports import AuditEntry, PeopleStore, Work
from doorbus.messages import (
    Change,
    ErrorCode,
    ErrorResponse,
    OkResponse,
    Payload,
    Response,
)
from doorbus.topics import RESPONSE

_log = structlog.get_logger()
_RESPONSE: TypeAdapter[OkResponse | ErrorResponse] = TypeAdapter(Response)


def refused(
    code: ErrorCode | RequestRefused, text: str = "", transaction: str | None = None
) -> ErrorResponse:
    """An error response."""
    if isinstance(code, RequestRefused):
        return ErrorResponse(code=code.code, error=str(code), transaction=transaction)
    return ErrorResponse(code=code, error=text, transaction=transaction)


class Answering:
    """Publishes responses, and keeps those of requests that change something.

    Args:
        secret: makes what is kept of a request useless for guessing the card in it.
    """

    def __init__(
        self, store: PeopleStore, outgoing: Outgoing, clock: Clock, *, secret: bytes
    ) -> None:
        self._store = store
        self._outgoing = outgoing
        self._clock = clock
        self._unsettled: list[tuple[str, OkResponse | ErrorResponse]] = []
        self._secret = hashlib.blake2b(secret, digest_size=32, person=b"doorward-request").digest()

    def digest(self, request: Payload) -> str:
        """What tells this request from another one under the same transaction."""
        content = request.model_dump_json().encode()
        return hashlib.blake2b(content, digest_size=32, key=self._secret).hexdigest()

    def publish(self, principal: str, response: OkResponse | ErrorResponse) -> None:
        """Send a response to whoever asked."""
        self._outgoing.publish(RESPONSE, response, level_of(principal))

    def again(self, principal: str, request: Change) -> OkResponse | ErrorResponse | None:
        """The answer to a request that came before, or an error where it was another one.

        None for a new transaction; an `ErrorResponse` of `OUTCOME_UNKNOWN` for one that was begun
        and not answered, which the caller may know better.
        """
        with self._store.work() as work:
            before = work.transactions.find(principal, request.transaction)
        if before is None:
            return None
        if before.digest != self.digest(request):
            return refused(
                ErrorCode.TRANSACTION_REUSED,
                "this transaction was used for another request; take a new one",
                request.transaction,
            )
        if before.response is None:
            return unknown_outcome(request.transaction)
        return _RESPONSE.validate_json(before.response)

    def begin(self, work: Work, principal: str, request: Change) -> None:
        """Note a request that is about to be carried out."""
        at = self._clock.wall()
        work.transactions.begin(principal, request.transaction, self.digest(request), at)

    def keep(self, work: Work, principal: str, response: OkResponse | ErrorResponse) -> None:
        """Note the answer, in the transaction that makes it true."""
        assert response.transaction is not None  # noqa: S101  # every change carries one
        work.transactions.answer(
            principal, response.transaction, response.model_dump_json(exclude_none=True)
        )

    def settle(self, principal: str, response: OkResponse | ErrorResponse) -> None:
        """Note an answer that comes later, and send it, though the disk fails for a moment."""
        self._unsettled.append((principal, response))
        try:
            self.settle_late()
        except StoreError as error:
            _log.error("an answer is noted later", why=str(error))
        self.publish(principal, response)

    def settle_late(self) -> None:
        """Note the answers that could not be noted when they were sent. Raises `StoreError`."""
        while self._unsettled:
            with self._store.work() as work:
                self.keep(work, *self._unsettled[0])
            del self._unsettled[0]

    def settle_abandoned(self) -> None:
        """Answer what an earlier run of the brain had begun: nobody knows how it ended."""
        with self._store.work() as work:
            for principal, transaction in work.transactions.pending():
                self.keep(work, principal, unknown_outcome(transaction))

    def record(self, work: Work, principal: str, what: str, **more: Any) -> None:
        """Write a line of the audit."""
        work.audit.append(AuditEntry(self._clock.wall(), principal, what, **more))


def unknown_outcome(transaction: str) -> ErrorResponse:
    """The answer where an order may or may not have been carried out."""
    return refused(
        ErrorCode.OUTCOME_UNKNOWN,
        "nobody knows whether this was carried out; look at the door's lock state and events",
        transaction,
    )
