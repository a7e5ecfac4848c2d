"""What the broker within one process offers to tests beyond the contract."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from doorbus.bus import BusEvent, Connected, Delivery, Disconnected, Subscription, Wire
from doorbus.errors import BusError, NotConnectedError, PublishRefused, TooLargeError
from doorbus.memory import MemoryBroker, matches

LEVELS = st.lists(st.sampled_from(["a", "b", "", "$x"]), min_size=1, max_size=4)
FILTERS = st.tuples(
    st.lists(st.sampled_from(["a", "b", "", "$x", "+"]), min_size=1, max_size=4),
    st.sampled_from(["", "/#"]),
).map(lambda parts: "/".join(parts[0]) + parts[1])


class Ear:
    """A sink that remembers and acks."""

    def __init__(self) -> None:
        self.events: list[BusEvent] = []

    def __call__(self, event: BusEvent) -> None:
        self.events.append(event)
        if isinstance(event, Delivery):
            event.ack()

    def until(self, *kinds: type[BusEvent]) -> None:
        """Wait for these kinds of events, in this order."""
        end = time.monotonic() + 5
        while [type(event) for event in self.events][: len(kinds)] != list(kinds):
            assert time.monotonic() < end, self.events
            time.sleep(0.002)


@given(FILTERS | st.just("#"), LEVELS.map("/".join))
def test_filters_match_as_the_client_library_has_them(topic_filter: str, topic: str) -> None:
    if topic:
        assert matches(topic_filter, topic) == topic_matches_sub(topic_filter, topic)


def test_a_killed_client_sends_its_will_and_never_comes_back() -> None:
    broker = MemoryBroker(reconnect_s=0.01)
    door, brain = Ear(), Ear()
    door_bus = broker.bus("front", will=Wire("gone", b"x", retain=True))
    brain_bus = broker.bus("brain", subscriptions=[Subscription("gone")])
    brain_bus.start(brain)
    door_bus.start(door)
    door.until(Connected)
    brain.until(Connected)

    broker.kill("front")

    brain.until(Connected, Delivery)
    door.until(Connected, Disconnected)
    time.sleep(0.1)
    with pytest.raises(NotConnectedError):
        door_bus.publish(Wire("a", b""))
    assert len(door.events) == 2
    door_bus.stop()
    brain_bus.stop()
    assert len(brain.events) == 2  # the will, and no farewell on top


def test_a_broker_that_goes_away_publishes_no_wills_and_keeps_what_is_retained() -> None:
    broker = MemoryBroker(reconnect_s=0.01)
    ear = Ear()
    bus = broker.bus("front", birth=Wire("here", b"1", retain=True), will=Wire("here", b"0"))
    bus.start(ear)
    ear.until(Connected)

    broker.go_away()
    ear.until(Connected, Disconnected)
    kept = broker.retained("here")
    time.sleep(0.05)
    broker.come_back()
    ear.until(Connected, Disconnected, Connected)
    bus.stop()

    assert kept == Wire("here", b"1", retain=True)
    assert broker.retained("nothing") is None


def test_a_will_that_is_not_allowed_stays_unsaid() -> None:
    broker = MemoryBroker(may=lambda _client, deed, topic: (deed, topic) != ("write", "gone"))
    door, brain = Ear(), Ear()
    door_bus = broker.bus("front", will=Wire("gone", b"x"))
    brain_bus = broker.bus("brain", subscriptions=[Subscription("#")])
    brain_bus.start(brain)
    door_bus.start(door)
    door.until(Connected)
    brain.until(Connected)

    broker.drop("front")
    door.until(Connected, Disconnected, Connected)
    door_bus.stop()
    brain_bus.stop()

    assert brain.events == [Connected()]


def test_the_access_list_can_be_opened_while_it_runs() -> None:
    broker = MemoryBroker(may=lambda *_: False)
    ear = Ear()
    bus = broker.bus("front")
    bus.start(ear)
    ear.until(Connected)
    assert isinstance(bus.publish(Wire("a", b"")).exception(5), PublishRefused)

    broker.may = lambda *_: True

    assert bus.publish(Wire("a", b"")).exception(5) is None
    bus.stop()


def test_a_refused_message_of_quality_0_vanishes_without_a_word() -> None:
    broker = MemoryBroker(may=lambda *_: False)
    ear = Ear()
    bus = broker.bus("front")
    bus.start(ear)
    ear.until(Connected)

    assert bus.publish(Wire("a", b"", qos=0)).exception(5) is None
    bus.stop()


def test_a_smaller_broker_takes_less() -> None:
    broker = MemoryBroker(max_packet=100)
    ear = Ear()
    bus = broker.bus("front")
    bus.start(ear)
    ear.until(Connected)

    with pytest.raises(TooLargeError, match="100"):
        bus.publish(Wire("a", b"x" * 100))
    bus.stop()


def test_dropping_or_killing_nobody_is_harmless() -> None:
    broker = MemoryBroker()

    broker.drop("nobody")
    broker.kill("nobody")


def test_overlapping_filters_bring_one_message_in_the_higher_quality() -> None:
    broker = MemoryBroker()
    ear = Ear()
    bus = broker.bus("x", subscriptions=[Subscription("a/#", 0), Subscription("a/+", 1)])
    bus.start(ear)
    ear.until(Connected)

    bus.publish(Wire("a/b", b"")).result(5)
    ear.until(Connected, Delivery)
    bus.stop()

    assert [e.wire.qos for e in ear.events if isinstance(e, Delivery)] == [1]


def test_a_bus_starts_once() -> None:
    bus = MemoryBroker().bus("front")
    bus.start(Ear())

    with pytest.raises(BusError):
        bus.start(Ear())
    bus.stop()
    bus.stop()
