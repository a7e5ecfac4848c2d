"""What one connection to the broker goes through, from CONNECT to its end.

Connect, subscribe, birth, online, farewell: each step waits for the broker's answer, and a refusal
ends the connection, for one that only half works looks well and is not.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

import structlog

from doorbus.bus import MAX_PACKET, Delivery, Subscription, Wire
from doorbus.errors import PublishRefused
from doorbus.lifeline import Lifeline
from doorbus.link import WINDOW, Answered, Arrived, Broken, Code, Granted, Heard, Link, Welcome
from doorbus.outbox import Outbox, Sending

ANSWER_TIMEOUT_S = 10.0
"""Longest wait for each answer of the broker while a connection is being made."""

FAREWELL_TIMEOUT_S = 2.0
ENOUGH_HELD = 300
ENOUGH_HELD_BYTES = 4 * 1024 * 1024
"""Once so much waits here for the sink's acks nothing more is read: the broker's TCP window closes,
and it keeps the rest."""

CHOKED_S = 5.0
CHOKED = "more comes than is taken"
"""Reason of the end of a connection that had so many held for so long. A door has 120 messages out
at most, 240 with what it sends again: this is a flood, and with the connection the broker drops
what it still has of it."""

MOST_HELD = 2000
MOST_HELD_BYTES = 32 * 1024 * 1024
"""What comes at once, in spite of that, is dropped beyond this."""

FAILURE = 0x80
"""MQTT 5 reason codes from here on are refusals; 0x10 (nobody listens) is not one."""

NOT_AUTHORISED = 0x87

_log = structlog.get_logger()


class _Stage(Enum):
    CONNECTING = auto()
    SUBSCRIBING = auto()
    BIRTH = auto()
    ONLINE = auto()
    LEAVING = auto()
    OVER = auto()


@dataclass(frozen=True, slots=True)
class Role:
    """What a client is on the broker; topics without the prefix."""

    prefix: str
    subscriptions: tuple[Subscription, ...]
    birth: Wire | None
    will: Wire | None
    receive_maximum: int


class Connection:
    """One connection; on the bus's thread only, apart from the acks of its deliveries.

    The broker is told how many messages we take without an ack, but Mosquitto 2.0.11 keeps to that
    only until the first ack and then sends as many more for each (measured). So the window is kept
    here as well: what comes early is held until the sink has acked enough.
    """

    def __init__(self, link: Link, role: Role, outbox: Outbox, lifeline: Lifeline) -> None:
        self._link = link
        self._role = role
        self._outbox = outbox
        self._lifeline = lifeline
        self._stage = _Stage.CONNECTING
        self._deadline = 0.0
        self._reason = ""
        self._held: deque[Delivery] = deque()
        self._held_bytes = 0
        self._unacked = 0
        self._dropped = 0
        self._choked_since: float | None = None
        self._acks: deque[int] = deque()
        self._sent: dict[int, Sending] = {}
        self._limit = MAX_PACKET
        self._window = WINDOW
        self.was_online = False

    def serve(self) -> str:
        """Connect and carry messages until it is over; return why it is. Raises OSError."""
        self._enter(_Stage.CONNECTING, ANSWER_TIMEOUT_S)
        self._link.open()
        while self._stage is not _Stage.OVER:
            for heard in self._link.hear(reading=not self._full):
                self._take(heard)
            while self._acks:
                self._link.ack(self._acks.popleft())
                self._unacked -= 1
            self._tell_held()
            self._keep_pace()
            self._keep_time()
            self._send()
            self._link.flush()
        return self._reason

    @property
    def _full(self) -> bool:
        # Only while it is online: until then, and in parting, the broker's answers are awaited.
        return self._stage is _Stage.ONLINE and (
            len(self._held) >= ENOUGH_HELD or self._held_bytes >= ENOUGH_HELD_BYTES
        )

    def close(self) -> None:
        """Drop the connection, however it stands."""
        self._stage = _Stage.OVER
        self._link.close()

    def _take(self, heard: Heard) -> None:
        if self._stage is _Stage.OVER:
            return
        match heard:
            case Welcome():
                self._welcome(heard)
            case Granted(codes):
                self._granted(codes)
            case Answered(mid, code):
                self._answered(mid, code)
            case Arrived():
                self._arrived(heard)
            case Broken(reason):
                self._over(reason)

    # --- becoming online -------------------------------------------------------------------------

    def _welcome(self, welcome: Welcome) -> None:
        if welcome.code.value >= FAILURE:
            self._over(
                f"the broker refused us ({welcome.code.name}); check that it knows the name in our "
                "certificate"
            )
            return
        self._limit = min(MAX_PACKET, welcome.max_packet)
        self._window = min(WINDOW, welcome.window)
        if not self._role.subscriptions:
            self._give_birth()
            return
        self._enter(_Stage.SUBSCRIBING, ANSWER_TIMEOUT_S)
        self._link.subscribe(self._role.subscriptions)

    def _granted(self, codes: Sequence[Code]) -> None:
        for subscription, code in zip(self._role.subscriptions, codes, strict=True):
            if code.value >= FAILURE:
                self._over(
                    f"the broker refused the subscription to {subscription.filter} ({code.name}); "
                    "check its access list"
                )
            elif code.value < subscription.qos:
                self._over(
                    f"the broker gives {subscription.filter} with quality {code.value} only; "
                    "check its setting max_qos"
                )
        if self._stage is not _Stage.OVER:
            self._give_birth()

    def _give_birth(self) -> None:
        if self._role.birth is None:
            self._go_online()
            return
        self._enter(_Stage.BIRTH, ANSWER_TIMEOUT_S)
        self._publish(Sending(self._role.birth, 0))
        if not self._role.birth.qos:
            self._go_online()

    def _go_online(self) -> None:
        self._stage = _Stage.ONLINE
        self.was_online = True
        self._outbox.open(self._limit)
        self._lifeline.connected()

    # --- messages --------------------------------------------------------------------------------

    def _send(self) -> None:
        """Send what may go out now; never more unanswered than the window."""
        if self._stage not in {_Stage.ONLINE, _Stage.LEAVING}:
            return
        while len(self._sent) < self._window:
            sending = self._outbox.take()
            if sending is None:
                return
            self._publish(sending)

    def _publish(self, sending: Sending) -> None:
        mid = self._link.publish(sending.wire)
        if mid is None:
            return  # the connection is breaking; its end settles what is open
        if sending.wire.qos:
            self._sent[mid] = sending
        else:
            self._outbox.settle(sending)

    def _answered(self, mid: int, code: Code) -> None:
        sending = self._sent.pop(mid, None)
        if sending is None:
            return
        error = _refusal(sending.wire, code)
        self._outbox.settle(sending, error)
        if self._stage is not _Stage.BIRTH:
            return
        if error is None:
            self._go_online()
        else:
            self._over(f"the birth message was refused: {error}")

    def _arrived(self, arrived: Arrived) -> None:
        try:
            wire = self._wire(arrived)
        except ValueError as error:
            self._drop(arrived, str(error))
            return
        size = len(wire.payload)
        if len(self._held) >= MOST_HELD or self._held_bytes + size > MOST_HELD_BYTES:
            self._dropped += 1
            if self._dropped == 1:
                self._drop(arrived, f"{wire.topic}: more comes than is acked; and so on")
            elif arrived.qos:
                self._link.ack(arrived.mid)
            return
        ack = self._ack_once(arrived.mid) if arrived.qos else _no_ack
        self._held.append(Delivery(wire, ack, arrived.duplicate))
        self._held_bytes += size
        self._tell_held()

    def _drop(self, arrived: Arrived, reason: str) -> None:
        _log.warning("message dropped", client=self._lifeline.client_id, reason=reason)
        if arrived.qos:
            self._link.ack(arrived.mid)

    def _tell_held(self) -> None:
        """Hand to the sink, in order, what the window has room for."""
        if self._stage not in {_Stage.ONLINE, _Stage.LEAVING}:
            return
        while self._held:
            quality = self._held[0].wire.qos
            if quality and self._unacked >= self._role.receive_maximum:
                return
            delivery = self._held.popleft()
            self._held_bytes -= len(delivery.wire.payload)
            self._unacked += 1 if quality else 0
            self._lifeline.tell(delivery)

    def _wire(self, arrived: Arrived) -> Wire:
        topic, prefix = arrived.topic, self._role.prefix
        if topic is None:
            raise ValueError("a topic that is no UTF-8")
        if not topic.startswith(prefix):
            raise ValueError(f"{topic}: not below our prefix {prefix}")
        properties: Mapping[str, str] = dict(arrived.properties)
        if len(properties) != len(arrived.properties):
            raise ValueError(f"{topic}: a user property stands twice")
        return Wire(topic[len(prefix) :], arrived.payload, properties, arrived.qos, arrived.retain)

    def _ack_once(self, mid: int) -> Callable[[], None]:
        # The broker may give the same number to a later message: never ack it twice.
        first = threading.Lock()

        def ack() -> None:
            if first.acquire(blocking=False) and self._stage is not _Stage.OVER:
                self._acks.append(mid)
                self._lifeline.ring()

        return ack

    # --- the end ---------------------------------------------------------------------------------

    def _keep_pace(self) -> None:
        now = time.monotonic()
        # By number only: few large pictures may be a door's own, sent again to a slow brain.
        if len(self._held) >= ENOUGH_HELD and self._stage is _Stage.ONLINE:
            self._choked_since = self._choked_since or now
            if now - self._choked_since > CHOKED_S:
                self._over(CHOKED)
        elif len(self._held) < ENOUGH_HELD / 2:
            self._choked_since = None

    def _keep_time(self) -> None:
        if self._lifeline.stopping.is_set() and self._stage is _Stage.ONLINE:
            self._outbox.seal(self._role.will)
            self._enter(_Stage.LEAVING, FAREWELL_TIMEOUT_S)
        late = time.monotonic() > self._deadline
        if self._stage is _Stage.LEAVING:
            if self._outbox.empty or late:
                # Could not say it ourselves in time: then the broker publishes the will.
                self._leave(with_will=not self._outbox.empty)
        elif self._lifeline.stopping.is_set():
            self._over("stopped")
        elif late and self._stage is not _Stage.ONLINE:
            self._over("the broker does not answer")

    def _leave(self, *, with_will: bool) -> None:
        self._link.leave(with_will=with_will)
        until = time.monotonic() + FAREWELL_TIMEOUT_S
        while self._link.flush() and time.monotonic() < until:
            time.sleep(0.005)
        self._over("stopped")

    def _enter(self, stage: _Stage, seconds: float) -> None:
        self._stage = stage
        self._deadline = time.monotonic() + seconds

    def _over(self, reason: str) -> None:
        if self._stage is not _Stage.OVER:
            self._stage = _Stage.OVER
            self._reason = reason


def _no_ack() -> None:
    """Messages of quality 0 need none."""


def _refusal(wire: Wire, code: Code) -> PublishRefused | None:
    if code.value < FAILURE:
        return None
    if code.value == NOT_AUTHORISED:
        return PublishRefused(
            f"{wire.topic}: the broker's access list forbids us to publish here; check the name in "
            "our certificate and the access list"
        )
    return PublishRefused(f"{wire.topic}: the broker refused the message ({code.name})")
