"""One request, one answer: what an administrator's connection takes for it, and when it gives up.

The broker is a real one; the other side is a bus with the brain's certificate, so that it may
answer what a brain never would.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.private_broker import PrivateBroker
from doorbus import codec, topics
from doorbus import messages as m
from doorbus.bus import BusEvent, Connected, Delivery, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.errors import (
    BusError,
    ConfigError,
    KeyMaterialError,
    NotConnectedError,
    PublishRefused,
)
from doorbus.settings import BrokerSettings, load
from doorctl import conversation
from doorctl.conversation import ClientSettings, Conversation, RequestRefused, new_transaction
from doorctl.site import Site

ADMIN = "admin.alice"
CARD = "000000000017"
Reply = Callable[[m.Request], list[Wire]]


def answer(transaction: str | None, **data: Any) -> Wire:
    response = m.OkResponse(transaction=transaction, data=data)
    return codec.encode(topics.RESPONSE, response, ADMIN)


def changed(stored: int) -> Wire:
    event = m.EnrolmentChanged(
        enrolment="e-1",
        resident="r-1",
        door="front",
        state=m.EnrolmentState.CAPTURING,
        stored=stored,
        count=200,
    )
    return codec.encode(topics.BRAIN_EVENT, event)


@contextlib.contextmanager
def brain(site: Site, reply: Reply) -> Iterator[list[m.Request]]:
    """Somebody with the brain's certificate who answers requests as told; what was asked."""
    text = yaml.safe_load((site.brain / "brain.yaml").read_text())
    settings = BrokerSettings.model_validate(text["broker"], context={"folder": site.brain})
    asked: list[m.Request] = []
    there: list[BusEvent] = []

    def hear(event: BusEvent) -> None:
        if isinstance(event, Connected):
            there.append(event)
        elif isinstance(event, Delivery):
            event.ack()
            asked.append(codec.decode(topics.REQUEST, event.wire))
            for wire in reply(asked[-1]):
                bus.publish(wire)

    bus = MqttBus(settings, "brain.main", subscriptions=[Subscription(topics.REQUEST.name(ADMIN))])
    bus.start(hear)
    try:
        end = time.monotonic() + 10
        while not there:
            assert time.monotonic() < end, "the broker does not let the brain in"
            time.sleep(0.01)
        yield asked
    finally:
        bus.stop()


def client_file(site: Site, name: str = ADMIN) -> Path:
    return site.staff(name) / "client.yaml"


def a_list() -> m.ListResidents:
    return m.ListResidents(op="list")


def test_the_answers_data_comes_back(site: Site, broker: PrivateBroker) -> None:
    assert broker.running
    with (
        brain(site, lambda asked: [answer(asked.transaction, total=3)]) as requests,
        Conversation.from_file(client_file(site)) as alice,
    ):
        data = alice.ask(a_list())

    assert data == {"total": 3}
    assert len(requests) == 1


def test_a_request_without_a_transaction_gets_one_and_a_given_one_stays(
    site: Site, broker: PrivateBroker
) -> None:
    assert broker.running
    with (
        brain(site, lambda asked: [answer(asked.transaction)]) as requests,
        Conversation.from_file(client_file(site)) as alice,
    ):
        alice.ask(a_list())
        alice.ask(m.Disable(op="disable", transaction="mine", card=CARD))

    assert requests[0].transaction
    assert requests[1].transaction == "mine"


@pytest.mark.parametrize("other", ["somebody-elses", None])
def test_an_answer_to_another_request_is_not_taken_for_ours(
    other: str | None, site: Site, broker: PrivateBroker
) -> None:
    assert broker.running
    replies = lambda asked: [answer(other, whose="theirs"), answer(asked.transaction, whose="ours")]  # noqa: E731  # short, and used once
    with brain(site, replies), Conversation.from_file(client_file(site)) as alice:
        assert alice.ask(a_list()) == {"whose": "ours"}


def test_an_error_is_raised_with_the_brains_own_words(site: Site, broker: PrivateBroker) -> None:
    assert broker.running

    def refuse(asked: m.Request) -> list[Wire]:
        error = m.ErrorResponse(
            transaction=asked.transaction, code=m.ErrorCode.UNKNOWN_CARD, error="nobody has it"
        )
        return [codec.encode(topics.RESPONSE, error, ADMIN)]

    with (
        brain(site, refuse),
        Conversation.from_file(client_file(site)) as alice,
        pytest.raises(RequestRefused, match=r"^nobody has it$"),
    ):
        alice.ask(m.Show(op="show", card=CARD))


def test_without_an_answer_it_gives_up_and_says_that_asking_again_is_safe(
    site: Site, broker: PrivateBroker
) -> None:
    assert broker.running
    with (
        brain(site, lambda _: [answer("another")]),
        Conversation.from_file(client_file(site)) as alice,
        pytest.raises(NotConnectedError, match=r"within 1 s \(op list\).*same transaction"),
    ):
        alice.ask(a_list(), patience_s=1)


def test_events_that_came_before_the_answer_are_kept_in_order(
    site: Site, broker: PrivateBroker
) -> None:
    assert broker.running
    replies = lambda asked: [changed(1), answer(asked.transaction), changed(2)]  # noqa: E731  # short, and used once
    with brain(site, replies), Conversation.from_file(client_file(site)) as alice:
        alice.ask(a_list())
        heard = list(alice.events(silence_s=1))

    assert [event.stored for event in heard if isinstance(event, m.EnrolmentChanged)] == [1, 2]


def test_what_cannot_be_read_tells_of_versions(site: Site, broker: PrivateBroker) -> None:
    assert broker.running
    nonsense = Wire(topics.RESPONSE.name(ADMIN), b'{"status": "perhaps"}')
    with (
        brain(site, lambda _: [nonsense]),
        Conversation.from_file(client_file(site)) as alice,
        pytest.raises(BusError, match="different versions"),
    ):
        alice.ask(a_list())


def test_without_a_broker_it_gives_up_within_ten_seconds(site: Site, broker: PrivateBroker) -> None:
    broker.stop()
    began = time.monotonic()

    with (
        pytest.raises(NotConnectedError, match=rf"127\.0\.0\.1:{broker.staff_port}.*is it running"),
        Conversation.from_file(client_file(site)),
    ):
        pass

    assert time.monotonic() - began < 10


def test_a_broker_that_hangs_does_not_hang_the_request(
    site: Site, broker: PrivateBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Conversation.from_file(client_file(site)) as alice:
        monkeypatch.setattr(conversation, "CONNECT_S", 0.5)
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            with pytest.raises(NotConnectedError, match="did not take the request"):
                alice.ask(a_list())
        finally:
            os.kill(broker.pid, signal.SIGCONT)


def test_a_certificate_that_may_not_ask_is_told_so(site: Site, broker: PrivateBroker) -> None:
    assert broker.running
    with (
        Conversation.from_file(client_file(site, "monitor.lobby")) as lobby,
        pytest.raises(PublishRefused),
    ):
        lobby.ask(a_list())


def test_a_doors_certificate_does_not_get_in(
    site: Site, broker: PrivateBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broker.running
    monkeypatch.setattr(conversation, "CONNECT_S", 2.0)
    staff = load(client_file(site), ClientSettings)
    bundle = site.door("front")
    foreign = staff.broker.model_copy(
        update={"cert": bundle / "client.crt", "key": bundle / "client.key"}
    )

    with (
        pytest.raises(NotConnectedError, match="does not take the connection"),
        Conversation(ClientSettings(name=ADMIN, broker=foreign)),
    ):
        pass


def test_a_wrong_client_file_is_refused_with_every_mistake(site: Site, tmp_path: Path) -> None:
    text = yaml.safe_load(client_file(site).read_text())
    del text["name"]
    text["broker"]["port"] = 0
    text["colour"] = "blue"
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(yaml.safe_dump(text))

    with pytest.raises(ConfigError) as refused:
        Conversation.from_file(wrong)

    lines = str(refused.value).splitlines()
    assert all(line.startswith(str(wrong)) for line in lines)
    assert {line.split(": ")[1] for line in lines} == {"name", "broker.port", "colour"}


def test_a_client_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot be read"):
        Conversation.from_file(tmp_path / "nowhere.yaml")


def test_a_certificate_that_is_not_there_is_named(site: Site) -> None:
    (site.staff(ADMIN) / "client.key").unlink()

    with (
        pytest.raises(KeyMaterialError, match=r"client\.key"),
        Conversation.from_file(client_file(site)),
    ):
        pass


def test_stopping_twice_is_harmless(site: Site, broker: PrivateBroker) -> None:
    assert broker.running
    alice = Conversation.from_file(client_file(site))
    alice.start()

    alice.stop()
    alice.stop()


def test_no_two_transactions_are_alike() -> None:
    assert len({new_transaction() for _ in range(1000)}) == 1000
