"""What a connection does about answers that a well set-up broker does not give."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import pytest
import structlog

from doorbus import connection as c
from doorbus.bus import BusEvent, Connected, Delivery, Subscription, Wire
from doorbus.connection import Connection
from doorbus.errors import PublishRefused
from doorbus.lifeline import Lifeline
from doorbus.link import Answered, Arrived, Broken, Code, Granted, Heard, Welcome
from doorbus.outbox import Outbox

OK = Code(0, "Success")
BIRTH = Wire("door/front/availability", b"online", retain=True)


class ScriptedLink:
    """A link on which the broker answers as the script says; then the connection breaks."""

    def __init__(self, *script: Heard | Callable[[], None]) -> None:
        self._script = deque(script)
        self.published: list[Wire] = []
        self.acked: list[int] = []
        self.left: bool | None = None
        self.closed = False
        self.reading: list[bool] = []

    def open(self) -> None:
        """Nothing to connect to."""

    def hear(self, *, reading: bool = True) -> Sequence[Heard]:
        self.reading.append(reading)
        if not self._script:
            return (Broken("end of the script"),)
        heard = self._script.popleft()
        if isinstance(heard, Welcome | Granted | Answered | Arrived | Broken):
            return (heard,)
        heard()
        return ()

    def flush(self) -> bool:
        return False

    def subscribe(self, filters: Sequence[Subscription]) -> None:
        """Answered by the script."""

    def publish(self, wire: Wire) -> int | None:
        self.published.append(wire)
        return len(self.published)

    def ack(self, mid: int) -> None:
        self.acked.append(mid)

    def leave(self, *, with_will: bool) -> None:
        self.left = with_will

    def close(self) -> None:
        self.closed = True


class Bench:
    """A connection on a scripted link, and what its sink heard."""

    def __init__(
        self,
        *script: Heard | Callable[[], None],
        filters: Sequence[Subscription] = (Subscription("verdict/front"),),
        birth: Wire | None = BIRTH,
        receive_maximum: int = 20,
    ) -> None:
        self.events: list[BusEvent] = []
        self.outbox = Outbox(100, 10_000_000)
        self.lifeline = Lifeline("front", str, self.outbox.close)
        self.lifeline._sink = self.events.append
        self.link = ScriptedLink(*script)
        role = c.Role("", tuple(filters), birth, None, receive_maximum)
        self.connection = Connection(self.link, role, self.outbox, self.lifeline)

    def reason(self) -> str:
        """Run to the end."""
        return self.connection.serve()

    @property
    def deliveries(self) -> list[Delivery]:
        """The messages that the sink heard."""
        return [event for event in self.events if isinstance(event, Delivery)]


def _arrived(mid: int, size: int = 1, qos: int = 1, topic: str | None = "verdict/front") -> Arrived:
    return Arrived(mid, topic, b"x" * size, (), qos, retain=False, duplicate=False)


def test_a_broker_that_refuses_us_is_no_connection() -> None:
    bench = Bench(Welcome(Code(0x87, "Not authorized")))

    assert "refused us (Not authorized)" in bench.reason()
    assert bench.events == []


def test_a_refused_subscription_is_no_connection() -> None:
    bench = Bench(Welcome(OK), Granted((Code(0x87, "Not authorized"),)))

    assert "subscription to verdict/front (Not authorized)" in bench.reason()
    assert bench.events == []
    assert bench.link.published == []


def test_one_refused_subscription_of_several_is_no_connection() -> None:
    filters = (Subscription("verdict/front"), Subscription("command/front"))
    bench = Bench(Welcome(OK), Granted((Code(1, ""), Code(0x80, "Unspecified"))), filters=filters)

    assert "command/front" in bench.reason()


def test_a_subscription_of_lower_quality_is_no_connection() -> None:
    bench = Bench(Welcome(OK), Granted((Code(0, "Granted QoS 0"),)))

    assert "quality 0 only" in bench.reason()


def test_a_refused_birth_is_no_connection() -> None:
    bench = Bench(Welcome(OK), Granted((Code(1, ""),)), Answered(1, Code(0x87, "Not authorized")))

    assert "birth message was refused" in bench.reason()
    assert bench.events == []
    assert not bench.connection.was_online


def test_birth_goes_out_after_the_subscriptions_and_before_anybody_hears() -> None:
    seen: list[int] = []
    bench = Bench(
        Welcome(OK),
        lambda: seen.append(len(bench.link.published)),
        Granted((Code(1, ""),)),
        lambda: seen.append(len(bench.link.published) - len(bench.events)),
        Answered(1, OK),
    )

    bench.reason()

    assert seen == [0, 1]
    assert bench.events == [Connected()]


def test_nobody_listening_to_the_birth_is_no_refusal() -> None:
    bench = Bench(Welcome(OK), Granted((Code(1, ""),)), Answered(1, Code(0x10, "No subscribers")))

    bench.reason()

    assert bench.connection.was_online


def test_without_subscriptions_and_birth_a_welcome_is_enough() -> None:
    bench = Bench(Welcome(OK), filters=(), birth=None)

    assert bench.reason() == "end of the script"
    assert bench.connection.was_online


def test_a_birth_of_quality_0_has_no_answer_to_wait_for() -> None:
    bench = Bench(Welcome(OK), filters=(), birth=Wire("a", b"", qos=0))

    bench.reason()

    assert bench.events == [Connected()]


@pytest.mark.parametrize(
    "script", [(), (Welcome(OK),), (Welcome(OK), Granted((Code(1, ""),)))], ids=str
)
def test_an_answer_that_never_comes_ends_the_connection(
    script: tuple[Heard, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(c, "ANSWER_TIMEOUT_S", 0.01)
    bench = Bench(*script, *[lambda: time.sleep(0.02)] * 5)

    assert bench.reason() == "the broker does not answer"


def test_messages_that_come_early_are_told_after_connected() -> None:
    bench = Bench(
        Welcome(OK), _arrived(7), Granted((Code(1, ""),)), _arrived(8, qos=0), Answered(1, OK)
    )

    bench.reason()

    assert isinstance(bench.events[0], Connected)
    assert [event.wire.qos for event in bench.deliveries] == [1, 0]


def test_a_broker_that_sends_more_than_we_take_does_not_widen_the_window() -> None:
    bench = Bench(
        Welcome(OK),
        *(_arrived(mid) for mid in range(1, 7)),
        lambda: _ack_first(bench),
        lambda: None,
        filters=(),
        birth=None,
        receive_maximum=2,
    )

    bench.reason()

    assert len(bench.deliveries) == 3
    assert bench.link.acked == [1]


def test_quality_0_does_not_overtake_what_is_held() -> None:
    before: list[int] = []
    bench = Bench(
        Welcome(OK),
        _arrived(1),
        _arrived(2),
        _arrived(0, qos=0, size=5),
        lambda: before.append(len(bench.deliveries)),
        lambda: _ack_first(bench),
        lambda: None,
        filters=(),
        birth=None,
        receive_maximum=1,
    )

    bench.reason()

    assert before == [1]
    assert [len(one.wire.payload) for one in bench.deliveries] == [1, 1, 5]


@pytest.mark.parametrize(("count", "size"), [(c.MOST_HELD + 12, 1), (12, c.MOST_HELD_BYTES // 10)])
def test_what_nobody_acks_is_held_up_to_a_bound_and_then_dropped(count: int, size: int) -> None:
    bench = Bench(
        Welcome(OK),
        *(_arrived(mid, size) for mid in range(1, count + 1)),
        filters=(),
        birth=None,
        receive_maximum=1,
    )

    with structlog.testing.capture_logs() as said:
        bench.reason()

    dropped = bench.link.acked
    assert dropped
    assert dropped == list(range(count - len(dropped) + 1, count + 1))
    assert [line["event"] for line in said].count("message dropped") == 1


@pytest.mark.parametrize(("count", "size"), [(c.ENOUGH_HELD + 1, 1), (5, c.ENOUGH_HELD_BYTES // 4)])
def test_with_enough_held_nothing_more_is_read_until_some_is_acked(count: int, size: int) -> None:
    bench = Bench(
        Welcome(OK),
        *(_arrived(mid, size) for mid in range(1, count + 1)),
        lambda: None,
        lambda: _ack_all(bench),
        lambda: None,
        filters=(),
        birth=None,
        receive_maximum=1,
    )

    bench.reason()

    assert bench.link.reading == [True] * (count + 1) + [False, False, True, True]


@pytest.mark.parametrize("acks", [False, True])
def test_a_flood_ends_the_connection_and_a_slow_sink_does_not(
    monkeypatch: pytest.MonkeyPatch, acks: bool
) -> None:
    monkeypatch.setattr(c, "CHOKED_S", 0.05)
    bench: Bench = Bench(
        Welcome(OK),
        *(_arrived(mid) for mid in range(1, c.ENOUGH_HELD + 2)),
        *[lambda: _ack_all(bench) if acks else None] * (c.ENOUGH_HELD // 2 + 2),
        lambda: time.sleep(0.1),
        lambda: None,
        filters=(),
        birth=None,
        receive_maximum=1,
    )

    assert bench.reason() == ("end of the script" if acks else c.CHOKED)


def test_until_it_is_online_a_connection_reads_whatever_comes() -> None:
    early = [_arrived(mid) for mid in range(1, c.ENOUGH_HELD + 10)]
    bench = Bench(Welcome(OK), *early, birth=None)

    bench.reason()

    assert all(bench.link.reading)


def test_a_topic_that_is_no_text_is_dropped_and_acked() -> None:
    bench = Bench(Welcome(OK), _arrived(4, topic=None), filters=(), birth=None)

    bench.reason()

    assert bench.deliveries == []
    assert bench.link.acked == [4]


def test_a_topic_outside_the_prefix_is_dropped_and_acked() -> None:
    bench = Bench(Welcome(OK), _arrived(4), filters=(), birth=None)
    bench.connection._role = c.Role("site/", (), None, None, 20)

    bench.reason()

    assert bench.deliveries == []
    assert bench.link.acked == [4]


@pytest.mark.parametrize(
    ("code", "text"),
    [(Code(0x87, "Not authorized"), "access list"), (Code(0x97, "Quota exceeded"), "Quota")],
)
def test_a_refused_publish_says_why(code: Code, text: str) -> None:
    bench = Bench(
        Welcome(OK),
        lambda: futures.append(bench.outbox.put(Wire("door/front/event", b""))),
        Answered(1, code),
        filters=(),
        birth=None,
    )
    futures: list[Future[None]] = []

    bench.reason()

    error = futures[0].exception(0)
    assert isinstance(error, PublishRefused)
    assert text in str(error)
    assert "door/front/event" in str(error)


def test_the_broker_s_own_limits_count() -> None:
    futures: list[Future[None]] = []

    def put_many() -> None:
        futures.extend(bench.outbox.put(Wire("a", b"")) for _ in range(5))

    bench = Bench(Welcome(OK, max_packet=100, window=2), put_many, filters=(), birth=None)

    bench.reason()

    assert len(bench.link.published) == 2
    assert bench.connection._limit == 100


def test_an_answer_to_nothing_is_ignored() -> None:
    bench = Bench(Welcome(OK), Answered(99, OK), filters=(), birth=None)

    assert bench.reason() == "end of the script"


def test_nothing_is_heard_after_the_end() -> None:
    bench = Bench(Welcome(OK), Broken("gone"), filters=(), birth=None)

    assert bench.reason() == "gone"
    bench.connection._take(_arrived(1))

    assert bench.deliveries == []


def test_closing_closes_the_link() -> None:
    bench = Bench()

    bench.connection.close()

    assert bench.link.closed


def _ack_all(bench: Bench) -> None:
    for delivery in bench.deliveries:
        delivery.ack()


def _ack_first(bench: Bench) -> None:
    bench.deliveries[0].ack()
