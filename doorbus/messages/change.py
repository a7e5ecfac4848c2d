"""What has every request in common that changes something?"""

from __future__ import annotations

from doorbus.messages.fields import Payload, Transaction


class Change(Payload):
    """A request that changes something: its transaction makes a repeat harmless."""

    transaction: Transaction
