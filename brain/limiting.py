"""Does somebody ask for too much in too short a time? They are told how long to wait."""

from __future__ import annotations

from brain.answering import Answering, refused
from brain.asking import Asker, op_of
from brain.core.rates import Rates
from brain.limit_settings import NOTE, console_kind_of, kind_of
from brain.operations import House
from doorbus.messages import Change, ErrorCode, ErrorResponse


class Limiting:
    """Counts what everybody asks for; on one thread.

    Args:
        house: with the clock and the store.
        answering: writes the audit.
        rates: how much is allowed, by `LimitsSettings.rates`.
    """

    def __init__(self, house: House, answering: Answering, rates: Rates) -> None:
        self._house = house
        self._answering = answering
        self._rates = rates

    def change(self, asker: Asker, request: Change) -> ErrorResponse | None:
        """The refusal of a change that is one too many; not kept, for it can be asked again."""
        # One's own first: who asks too much takes nothing from others at the same console.
        own = self._count(asker, request, asker.principal, kind_of(request))
        return own or self._count(asker, request, asker.console_name, console_kind_of(request))

    def not_allowed(self, asker: Asker, request: Change) -> ErrorResponse | None:
        """The same of a change that would be refused, and written down, anyway."""
        return self._count(asker, request, asker.console_name, NOTE)

    def _count(
        self, asker: Asker, request: Change, who: str | None, kind: str | None
    ) -> ErrorResponse | None:
        if who is None or kind is None:
            return None
        now = self._house.clock.monotonic()
        why = self._rates.ask(who, kind, now)
        self._rates.forget(now)
        if why is None:
            return None
        if why.first:
            reason = f"{op_of(request)}: {ErrorCode.RATE_LIMITED.value}"
            with self._house.store.work() as work:
                self._answering.record(work, asker.principal, "limited", reason=reason)
        text = (
            f"too many requests of this kind ({kind}) from {who}: try again in "
            f"{why.wait_s} s; `limits` in brain.yaml says how many are allowed"
        )
        return refused(ErrorCode.RATE_LIMITED, text, request.transaction)
