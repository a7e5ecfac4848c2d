"""What every Bus promises, held against a real broker and against the one in this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bus_worlds import (
    AVAILABILITY,
    BIRTH,
    WILL,
    Listener,
    MemoryWorld,
    RealWorld,
    World,
    running,
)

from demo.private_broker import PrivateBroker
from doorbus.bus import Bus, BusEvent, Connected, Delivery, Disconnected, Wire
from doorbus.errors import (
    BusError,
    NotConnectedError,
    PublishRefused,
    TooLargeError,
)
from doorbus.outbox import packet_size
from doorctl import provisioning
from doorctl.site import Site

BURST = "frames/recognize/front"
EVENT = "door/front/event"


@pytest.fixture(params=["real", "memory"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "memory":
        yield MemoryWorld()
        return
    real: RealWorld = request.getfixturevalue("real")
    yield real


@pytest.fixture(params=["real", "memory"])
def prefixed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "memory":
        yield MemoryWorld(prefix="site/x/")
        return
    folder = tmp_path / "prefixed"
    provisioning.create_site(folder, hosts=("127.0.0.1",), admins=("alice",), prefix="site/x/")
    provisioning.add_door(folder, "front")
    with PrivateBroker(folder) as broker:
        world = RealWorld(Site.load(folder), broker)
        yield world
        world.close()


# --- delivery ------------------------------------------------------------------------------------


def test_a_message_arrives_with_its_exact_bytes_and_properties(world: World) -> None:
    payload = bytes(range(256)) * 100
    wire = Wire(BURST, payload, {"door": "front", "ä": "ö €"})

    with running(world.bus("brain.main", ["frames/#"])) as brain, running(front := _front(world)):
        front.publish(wire).result(5)
        (delivery,) = brain.deliveries(1)

    assert delivery.wire == wire
    assert not delivery.duplicate


def test_an_empty_payload_and_no_properties_arrive_as_such(world: World) -> None:
    with running(world.bus("brain.main", ["door/#"])) as brain, running(front := _front(world)):
        front.publish(Wire(EVENT, b"")).result(5)
        (delivery,) = brain.deliveries(1)

    assert delivery.wire == Wire(EVENT, b"", {})


@pytest.mark.parametrize(
    ("topic_filter", "heard"),
    [
        ("door/+/event", [EVENT]),
        ("door/front/#", [EVENT, "door/front/lock/state"]),
        ("door/#", [EVENT, "door/front/lock/state"]),
        ("door/front/+", [EVENT]),
        ("door/+/lock/+", ["door/front/lock/state"]),
        (EVENT, [EVENT]),
        ("door/front", []),
    ],
)
def test_a_filter_hears_what_it_names_and_nothing_else(
    world: World, topic_filter: str, heard: list[str]
) -> None:
    with running(world.bus("brain.main", [topic_filter])) as brain, running(front := _front(world)):
        for topic in (EVENT, "door/front/lock/state", BURST):
            front.publish(Wire(topic, b"x")).result(5)
        brain.quiet(len(heard))

    assert [d.wire.topic for d in brain.deliveries(len(heard))] == heard


def test_order_is_kept(world: World) -> None:
    with running(world.bus("brain.main", ["door/#"])) as brain, running(front := _front(world)):
        answers = [front.publish(Wire(EVENT, str(n).encode())) for n in range(300)]
        for answer in answers:
            answer.result(10)
        deliveries = brain.deliveries(300)

    assert [int(d.wire.payload) for d in deliveries] == list(range(300))


@pytest.mark.parametrize(("sent", "asked", "got"), [(1, 1, 1), (0, 1, 0), (1, 0, 0)])
def test_quality_is_the_lower_of_what_was_sent_and_asked(
    world: World, sent: int, asked: int, got: int
) -> None:
    brain_bus = world.bus("brain.main", ["door/#"], qos=asked)

    with running(brain_bus) as brain, running(front := _front(world)):
        front.publish(Wire(EVENT, b"x", qos=sent)).result(5)
        (delivery,) = brain.deliveries(1)

    assert delivery.wire.qos == got


def test_a_retained_message_is_flagged_for_who_comes_later_and_only_then(world: World) -> None:
    state = Wire("door/front/lock/state", b"LOCKED", retain=True)

    with running(front := _front(world)):
        with running(world.bus("admin.alice", ["door/#"])) as early:
            front.publish(state).result(5)
            live = early.deliveries(1)[0].wire
        with running(world.bus("brain.main", ["door/#"])) as late:
            kept = late.deliveries(1)[0].wire

    assert (live.payload, live.retain) == (b"LOCKED", False)
    assert (kept.payload, kept.retain) == (b"LOCKED", True)


def test_a_retained_message_that_expires_is_not_kept_longer(world: World) -> None:
    soon = Wire("door/front/health", b"{}", retain=True, expiry_s=1)
    never = Wire("door/front/lock/state", b"LOCKED", retain=True)

    with running(front := _front(world)):
        front.publish(soon).result(5)
        front.publish(never).result(5)
        with running(world.bus("admin.alice", ["door/#"])) as early:
            kept = {delivery.wire.topic for delivery in early.deliveries(2)}
        time.sleep(2.1)  # the broker counts whole seconds
        with running(world.bus("brain.main", ["door/#"])) as late:
            left = late.deliveries(1)[0].wire
            late.quiet(1)

    assert kept == {soon.topic, never.topic}
    assert left.topic == never.topic


def test_an_empty_retained_message_takes_the_kept_one_away(world: World) -> None:
    with running(front := _front(world)):
        front.publish(Wire("door/front/lock/state", b"LOCKED", retain=True)).result(5)
        front.publish(Wire("door/front/lock/state", b"", retain=True)).result(5)

        with running(world.bus("brain.main", ["door/#"])) as late:
            late.quiet(0)


def test_connected_comes_before_every_delivery(world: World) -> None:
    with running(_front(world, birth=BIRTH)), running(world.bus("brain.main", ["door/#"])) as late:
        late.deliveries(1)

    assert isinstance(late.events[0], Connected)


def test_nothing_queued_for_a_client_that_was_away(world: World) -> None:
    brain = world.bus("brain.main", ["door/#"])
    with running(brain):
        pass

    with running(front := _front(world)):
        front.publish(Wire(EVENT, b"x")).result(5)
        with running(brain) as heard:
            heard.quiet(0)


# --- acknowledgement ------------------------------------------------------------------------------


def test_unacked_messages_hold_back_the_rest_until_acks_come(world: World) -> None:
    slow = Listener(ack=False)
    bus = world.bus("brain.main", ["door/#"], receive_maximum=3)

    with running(bus, slow), running(front := _front(world)):
        for n in range(8):
            front.publish(Wire(EVENT, str(n).encode())).result(5)
        slow.quiet(3)

        for delivery in slow.deliveries(3)[:2]:
            delivery.ack()
        slow.deliveries(5)
        slow.quiet(5)

        for delivery in slow.deliveries(5)[2:]:
            delivery.ack()
        everything = slow.deliveries(8)

    assert [int(d.wire.payload) for d in everything] == list(range(8))


def test_a_second_ack_makes_no_more_room_than_the_first(world: World) -> None:
    slow = Listener(ack=False)
    bus = world.bus("brain.main", ["door/#"], receive_maximum=2)

    with running(bus, slow), running(front := _front(world)):
        for n in range(6):
            front.publish(Wire(EVENT, str(n).encode())).result(5)
        first = slow.deliveries(2)[0]
        for _ in range(3):
            first.ack()
            slow.deliveries(3)

        slow.quiet(3)


def test_acks_may_come_from_another_thread(world: World) -> None:
    slow = Listener(ack=False)

    with (
        running(world.bus("brain.main", ["door/#"], receive_maximum=1), slow),
        running(front := _front(world)),
    ):
        for n in range(3):
            front.publish(Wire(EVENT, str(n).encode())).result(5)
        for n in range(1, 4):
            delivery = slow.deliveries(n)[-1]
            threading.Thread(target=delivery.ack).start()

        slow.deliveries(3)


def test_an_ack_after_the_connection_broke_does_nothing(world: World) -> None:
    slow = Listener(ack=False)

    with (
        running(world.bus("brain.main", ["door/#"], receive_maximum=2), slow),
        running(front := _front(world)),
    ):
        front.publish(Wire(EVENT, b"old")).result(5)
        (old,) = slow.deliveries(1)
        world.cut("brain.main")
        slow.connected(2)

        for n in range(3):
            front.publish(Wire(EVENT, str(n).encode())).result(5)
        slow.deliveries(3)
        old.ack()

        slow.quiet(3)


def test_an_ack_after_stop_does_nothing(world: World) -> None:
    slow = Listener(ack=False)
    with running(world.bus("brain.main", ["door/#"]), slow), running(front := _front(world)):
        front.publish(Wire(EVENT, b"x")).result(5)
        (delivery,) = slow.deliveries(1)

    delivery.ack()


# --- birth, will, farewell ------------------------------------------------------------------------


def test_the_birth_message_is_out_once_connected(world: World) -> None:
    with (
        running(world.bus("brain.main", ["door/#"])) as brain,
        running(_front(world, birth=BIRTH, will=WILL)),
    ):
        (birth,) = brain.deliveries(1)

    assert birth.wire.payload == b"online"


def test_the_last_will_goes_out_when_a_client_is_killed(world: World) -> None:
    with running(world.bus("brain.main", ["door/#"])) as brain:
        world.kill_a_door()

        birth, will = brain.deliveries(2)

    assert birth.wire.payload == b"online"
    assert (will.wire.payload, will.wire.properties) == (b"offline", {"why": "lost"})


def test_stop_says_farewell_with_the_wills_message(world: World) -> None:
    front = _front(world, birth=BIRTH, will=WILL)
    with running(world.bus("brain.main", ["door/#"])) as brain:
        with running(front):
            brain.deliveries(1)

        _, farewell = brain.deliveries(2)
        brain.quiet(2)

    assert (farewell.wire.topic, farewell.wire.payload) == (AVAILABILITY, b"offline")


def test_the_farewell_is_retained_like_the_will(world: World) -> None:
    with running(_front(world, birth=BIRTH, will=WILL)):
        pass

    with running(world.bus("brain.main", ["door/#"])) as late:
        (kept,) = late.deliveries(1)

    assert (kept.wire.payload, kept.wire.retain) == (b"offline", True)


def test_messages_published_before_stop_arrive_before_the_farewell(world: World) -> None:
    with running(world.bus("brain.main", ["door/#"])) as brain:
        with running(front := _front(world, will=WILL)):
            answers = [front.publish(Wire(EVENT, str(n).encode())) for n in range(50)]
        payloads = [d.wire.payload for d in brain.deliveries(51)]

    assert payloads == [*(str(n).encode() for n in range(50)), b"offline"]
    assert all(answer.exception(1) is None for answer in answers)


def test_stop_twice_is_harmless(world: World) -> None:
    bus = _front(world)
    with running(bus):
        bus.stop()
        bus.stop()


def test_stop_without_start_is_harmless(world: World) -> None:
    _front(world).stop()


def test_a_bus_can_be_started_again(world: World) -> None:
    front = _front(world)
    with running(front):
        pass

    with running(front), running(world.bus("brain.main", ["door/#"])) as brain:
        front.publish(Wire(EVENT, b"again")).result(5)

        assert brain.deliveries(1)[0].wire.payload == b"again"


def test_a_running_bus_cannot_be_started_again(world: World) -> None:
    front = _front(world)

    with running(front), pytest.raises(BusError, match="stop it first"):
        front.start(Listener())


def test_a_sink_may_stop_the_bus(world: World) -> None:
    front = _front(world, will=WILL)
    heard = Listener()

    def stop_at_once(event: BusEvent) -> None:
        heard(event)
        if isinstance(event, Connected):
            front.stop()

    with running(world.bus("brain.main", ["door/#"])) as brain:
        front.start(stop_at_once)
        (farewell,) = brain.deliveries(1)
        front.stop()

    assert farewell.wire.payload == b"offline"


# --- publishing that fails ------------------------------------------------------------------------


def test_publishing_before_start_raises(world: World) -> None:
    with pytest.raises(NotConnectedError, match="door/front/event"):
        _front(world).publish(Wire(EVENT, b"x"))


def test_publishing_while_the_broker_is_away_raises_and_queues_nothing(world: World) -> None:
    front = _front(world)
    with running(front) as heard, running(world.bus("brain.main", ["door/#"])) as brain:
        world.broker_goes()
        heard.disconnected()
        with pytest.raises(NotConnectedError):
            front.publish(Wire(EVENT, b"lost"))

        world.broker_comes()
        heard.connected(2, seconds=10)
        brain.connected(2, seconds=10)
        brain.quiet(0)


def test_publishing_after_stop_raises(world: World) -> None:
    front = _front(world)
    with running(front):
        pass

    with pytest.raises(NotConnectedError):
        front.publish(Wire(EVENT, b"x"))


def test_the_access_list_refuses_a_publish_and_the_connection_survives(world: World) -> None:
    with running(world.bus("brain.main", ["door/#"])) as brain, running(front := _front(world)):
        refused = front.publish(Wire("verdict/front", b"grant"))
        with pytest.raises(PublishRefused, match="verdict/front"):
            refused.result(5)

        front.publish(Wire(EVENT, b"still here")).result(5)
        assert brain.deliveries(1)[0].wire.payload == b"still here"


def test_the_access_list_keeps_what_may_not_be_read(world: World) -> None:
    with (
        running(world.bus("admin.alice", ["frames/#", "door/#"])) as admin,
        running(front := _front(world)),
    ):
        front.publish(Wire(BURST, b"faces")).result(5)
        front.publish(Wire(EVENT, b"event")).result(5)
        admin.quiet(1)

    assert admin.deliveries(1)[0].wire.topic == EVENT


def test_a_birth_that_the_broker_refuses_is_no_connection(world: World) -> None:
    heard = Listener()
    bus = _front(world, birth=Wire("door/back/availability", b"online", retain=True))

    bus.start(heard)
    try:
        reason = heard.disconnected().reason
    finally:
        bus.stop()

    assert "birth" in reason
    assert not any(isinstance(event, Connected) for event in heard.events)


def test_the_largest_message_arrives_and_one_byte_more_is_refused_unsent(world: World) -> None:
    head = packet_size(Wire(BURST, b"x" * 1_000_000, {"a": "b"})) - 1_000_000
    largest = Wire(BURST, b"x" * (world.max_packet - head), {"a": "b"})
    too_large = Wire(BURST, largest.payload + b"x", {"a": "b"})

    with running(world.bus("brain.main", ["frames/#"])) as brain, running(front := _front(world)):
        with pytest.raises(TooLargeError, match=str(world.max_packet)):
            front.publish(too_large)
        front.publish(largest).result(10)

        assert brain.deliveries(1)[0].wire == largest


@pytest.mark.parametrize(
    "wire",
    [
        Wire("a" * 65_536, b""),
        Wire(EVENT, b"", {"a": "x" * 65_536}),
        Wire(EVENT, b"", {"ä" * 40_000: ""}),
    ],
)
def test_a_string_longer_than_mqtt_has_is_refused(world: World, wire: Wire) -> None:
    with running(front := _front(world)), pytest.raises(TooLargeError):
        front.publish(wire)


@pytest.mark.parametrize(
    "wire", [Wire("door/+/event", b""), Wire("door/#", b""), Wire("", b""), Wire(EVENT, b"", qos=2)]
)
def test_what_cannot_be_published_is_a_plain_mistake(world: World, wire: Wire) -> None:
    with running(front := _front(world)), pytest.raises(ValueError, match="cannot be published"):
        front.publish(wire)


# --- going on ------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("default::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_sink_that_raises_costs_neither_the_bus_nor_the_window(
    world: World, error: type[BaseException]
) -> None:
    heard = Listener()

    def stumble(event: BusEvent) -> None:
        if isinstance(event, Delivery) and event.wire.payload == b"bad":
            raise error
        heard(event)

    bus = world.bus("brain.main", ["door/#"], receive_maximum=2)
    bus.start(stumble)
    try:
        heard.connected()
        with running(front := _front(world)):
            for _ in range(5):
                front.publish(Wire(EVENT, b"bad")).result(5)
            front.publish(Wire(EVENT, b"good")).result(5)
            assert heard.deliveries(1)[0].wire.payload == b"good"
    finally:
        bus.stop()

    assert not any(isinstance(event, Disconnected) for event in heard.events)


def test_a_sink_may_publish(world: World) -> None:
    brain = world.bus("brain.main", ["door/#"])

    def answer(event: BusEvent) -> None:
        heard(event)
        if isinstance(event, Delivery):
            brain.publish(Wire("verdict/front", event.wire.payload))

    heard = Listener()
    brain.start(answer)
    try:
        heard.connected()
        with running(front := world.bus("front", ["verdict/front"])) as front_heard:
            front.publish(Wire(EVENT, b"hello")).result(5)
            (delivery,) = front_heard.deliveries(1)
    finally:
        brain.stop()

    assert delivery.wire.payload == b"hello"


def test_a_futures_callback_may_publish(world: World) -> None:
    with running(world.bus("brain.main", ["door/#"])) as brain, running(front := _front(world)):
        first = front.publish(Wire(EVENT, b"first"))
        first.add_done_callback(lambda _: front.publish(Wire(EVENT, b"second")))

        assert [d.wire.payload for d in brain.deliveries(2)] == [b"first", b"second"]


def test_a_broken_connection_comes_back_with_subscriptions_and_birth(world: World) -> None:
    front = world.bus("front", ["verdict/front"], birth=BIRTH, will=WILL)

    with (
        running(brain := world.bus("brain.main", ["door/#"])) as brain_heard,
        running(front) as heard,
    ):
        brain_heard.deliveries(1)
        world.cut("front")
        heard.connected(2)
        told = brain_heard.deliveries(3)
        brain.publish(Wire("verdict/front", b"x")).result(5)
        heard.deliveries(1)

    assert [d.wire.payload for d in told[:3]] == [b"online", b"offline", b"online"]


def test_what_was_on_its_way_when_the_connection_broke_ends_one_way_or_the_other(
    world: World,
) -> None:
    with running(front := _front(world)) as heard:
        answers = [front.publish(Wire(EVENT, b"x" * 100_000)) for _ in range(100)]
        world.cut("front")
        heard.disconnected()
        outcomes = [answer.exception(5) for answer in answers]

    assert all(outcome is None or isinstance(outcome, NotConnectedError) for outcome in outcomes)


def test_the_prefix_is_on_the_wire_and_nowhere_else(prefixed: World) -> None:
    with (
        running(prefixed.bus("brain.main", ["door/#"], prefix="site/x/")) as brain,
        running(prefixed.bus("admin.alice", ["site/x/door/#"])) as plain,
        running(
            front := prefixed.bus("front", birth=BIRTH, will=WILL, prefix="site/x/"),
        ),
    ):
        front.publish(Wire(EVENT, b"x")).result(5)
        within = [d.wire.topic for d in brain.deliveries(2)]
        without = [d.wire.topic for d in plain.deliveries(2)]

    assert within == [AVAILABILITY, EVENT]
    assert without == ["site/x/" + AVAILABILITY, "site/x/" + EVENT]
    assert brain.deliveries(3)[2].wire.payload == b"offline"


def test_start_returns_at_once_without_a_broker_and_connects_when_it_comes(world: World) -> None:
    world.broker_goes()
    heard = Listener()
    front = _front(world)

    began = time.monotonic()
    front.start(heard)
    took = time.monotonic() - began
    try:
        heard.disconnected()
        world.broker_comes()
        heard.connected(seconds=10)
        front.publish(Wire(EVENT, b"x")).result(5)
    finally:
        front.stop()

    assert took < 0.5


def test_stop_is_quick_without_a_broker(world: World) -> None:
    world.broker_goes()
    heard = Listener()
    front = _front(world)
    front.start(heard)
    heard.disconnected()

    began = time.monotonic()
    front.stop()

    assert time.monotonic() - began < 2


def test_a_newcomer_of_the_same_name_throws_out_the_one_before(world: World) -> None:
    with running(_front(world)) as first, running(_front(world)):
        first.disconnected()


def test_an_outage_is_told_once(world: World) -> None:
    with running(_front(world)) as heard:
        world.broker_goes()
        heard.disconnected()
        time.sleep(2.5)
        world.broker_comes()
        heard.connected(2, seconds=10)

    kinds = [type(event) for event in heard.events]
    assert kinds == [Connected, Disconnected, Connected]


def _front(world: World, *, birth: Wire | None = None, will: Wire | None = None) -> Bus:
    return world.bus("front", birth=birth, will=will)
