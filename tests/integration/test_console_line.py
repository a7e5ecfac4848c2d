"""The console's line to the broker: every question gets one answer, or is told that none comes.

The broker is real. The brain here is one that answers when the test says so, with the brain's own
certificate; what a real one does with a repeated transaction is tried in `test_console_service.py`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console.accounts.desk import Accounts
from console.accounts.notes import Actor
from console.config import SessionSettings
from console.errors import BrainAway, NotDone
from console.line import Line
from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorbus import topics
from doorbus.bus import BusEvent, Connected, Delivery, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.codec import decode, encode
from doorbus.messages.console import Role
from doorbus.settings import BrokerSettings
from doorbus.speaking import speaker_of
from doorctl import consoles
from doorctl.site import Site

SOON_S = 2.0
"""Seconds within which whoever waits is told; an answer that never comes would take 10."""

ADD = m.Add(op="add", transaction="t1", name="Resident One", card="000000000017")


class SystemClock:
    """This machine's time."""

    def monotonic(self) -> float:
        """Seconds."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970."""
        return time.time()


class Heard:
    """What came over a line."""

    def __init__(self) -> None:
        self.wires: list[Wire] = []
        self.news: list[str] = []

    def heard(self, wire: Wire) -> None:
        """A message."""
        self.wires.append(wire)

    def connected(self) -> None:
        """The broker is there."""
        self.news.append("connected")

    def lost(self) -> None:
        """It is not."""
        self.news.append("lost")


class ScriptedBrain:
    """Takes requests, and answers when told to."""

    def __init__(self, settings: BrokerSettings) -> None:
        self.requests: list[Wire] = []
        self.silent = False
        self._there = threading.Event()
        topic = topics.BRAIN_AVAILABILITY
        self._bus = MqttBus(
            settings,
            "brain.main/scripted",
            subscriptions=[Subscription(topics.REQUEST.filter)],
            birth=encode(topic, m.Availability.ONLINE),
            will=encode(topic, m.Availability.OFFLINE),
        )

    def start(self) -> None:
        """Be there."""
        self._bus.start(self._take)
        assert self._there.wait(10)

    def stop(self) -> None:
        """Go away, and say so."""
        self._bus.stop()

    def transactions(self) -> list[str | None]:
        """Of the requests that came."""
        return [decode(topics.REQUEST, wire).transaction for wire in self.requests]

    def _take(self, event: BusEvent) -> None:
        if isinstance(event, Connected):
            self._there.set()
        elif isinstance(event, Delivery):
            event.ack()
            self.requests.append(event.wire)
            if not self.silent:
                self._answer(event.wire)

    def _answer(self, wire: Wire) -> None:
        request = decode(topics.REQUEST, wire)
        response: m.Response = m.OkResponse(
            transaction=request.transaction, data={"op": request.op}
        )
        if isinstance(request, m.Remove):
            response = m.ErrorResponse(
                transaction=request.transaction, code=m.ErrorCode.UNKNOWN_CARD, error="nobody"
            )
        self._bus.publish(encode(topics.RESPONSE, response, topics.REQUEST.level(wire.topic)))


def _access(site: Site, folder: str) -> BrokerSettings:
    files = site.root / folder
    port = site.description.broker.staff_port
    return BrokerSettings(
        host="127.0.0.1",
        port=port,
        ca=files / "ca.crt",
        cert=files / "client.crt",
        key=files / "client.key",
    )


@pytest.fixture
def console_site(site: Site) -> Site:
    """A site with a console."""
    consoles.add_console(site.root, "main")
    return site


@pytest.fixture
def brain(console_site: Site, broker: PrivateBroker) -> Iterator[ScriptedBrain]:
    """A brain that is there."""
    del broker  # it runs
    running = ScriptedBrain(_access(Site.load(console_site.root), "brain"))
    running.start()
    yield running
    running.stop()


Play = Callable[[Line, Heard], Awaitable[None]]


def _anybody(_account: str, _role: Role) -> bool:
    return True


def _play(
    site: Site,
    play: Play,
    name: str = "console.main",
    holds: Callable[[str, Role], bool] = _anybody,
) -> None:
    async def all_of_it() -> None:
        heard = Heard()
        broker = _access(Site.load(site.root), "staff/console.main")
        line = Line(name, broker, heard, SystemClock(), holds)
        await line.start()
        try:
            await asyncio.wait_for(play(line, heard), 30)
        finally:
            await line.stop()

    asyncio.run(all_of_it())


async def _until(true: Callable[[], object], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def _there(line: Line) -> None:
    await _until(lambda: not line.away)


async def _asking(line: Line, brain: ScriptedBrain) -> asyncio.Task[dict[str, Any]]:
    """A question that the brain has got and not answered."""
    await _there(line)
    asking = asyncio.create_task(line.ask(ADD, "alice", Role.PORTER))
    await _until(lambda: brain.requests)
    return asking


def test_a_question_goes_out_in_an_accounts_name_and_is_answered(
    console_site: Site, brain: ScriptedBrain
) -> None:
    async def play(line: Line, _: Heard) -> None:
        await _there(line)

        data = await line.ask(ADD, "alice", Role.PORTER)

        assert data == {"op": "add"}
        speaker = speaker_of(brain.requests[0])
        assert speaker is not None
        assert (speaker.account, speaker.role) == ("alice", Role.PORTER)

    _play(console_site, play)


def test_a_question_in_the_first_moment_waits_for_word_of_the_brain(
    console_site: Site, brain: ScriptedBrain
) -> None:
    async def play(line: Line, heard: Heard) -> None:
        await _until(lambda: heard.news == ["connected"])

        assert await line.ask(ADD, "alice", Role.PORTER) == {"op": "add"}
        assert len(brain.requests) == 1

    _play(console_site, play)


def test_a_refusal_says_why(console_site: Site, brain: ScriptedBrain) -> None:
    async def play(line: Line, _: Heard) -> None:
        await _there(line)
        remove = m.Remove(op="remove", transaction="t1", card="000000000017")

        with pytest.raises(NotDone, match="nobody") as refused:
            await line.ask(remove, "alice", Role.ADMINISTRATOR)

        assert refused.value.code is m.ErrorCode.UNKNOWN_CARD
        assert not isinstance(refused.value, BrainAway)
        assert brain.requests

    _play(console_site, play)


def test_pressing_twice_at_once_asks_once_and_answers_both(
    console_site: Site, brain: ScriptedBrain
) -> None:
    async def play(line: Line, _: Heard) -> None:
        await _there(line)

        answers = await asyncio.gather(*(line.ask(ADD, "alice", Role.PORTER) for _ in range(3)))

        assert answers == [{"op": "add"}] * 3
        assert len(brain.requests) == 1

    _play(console_site, play)


def test_the_same_form_is_one_request_and_a_mended_one_is_another(
    console_site: Site, brain: ScriptedBrain
) -> None:
    async def play(line: Line, _: Heard) -> None:
        await _there(line)

        for asked in (ADD, ADD, ADD.model_copy(update={"name": "Resident Two"})):
            await line.ask(asked, "alice", Role.PORTER)
        await line.ask(ADD, "bob", Role.PORTER)

        first, again, mended, of_another = brain.transactions()
        assert first == again
        assert len({first, mended, of_another}) == 3

    _play(console_site, play)


def test_nothing_is_sent_while_the_brain_is_away(console_site: Site, broker: PrivateBroker) -> None:
    async def play(line: Line, _: Heard) -> None:
        await _until(lambda: line.away == "brain")

        began = time.monotonic()
        with pytest.raises(BrainAway, match="brain") as away:
            await line.ask(ADD, "alice", Role.PORTER)

        assert not away.value.sent
        assert time.monotonic() - began < SOON_S
        assert broker.running

    _play(console_site, play)


def test_whoever_waits_is_told_at_once_when_the_brain_goes_away(
    console_site: Site, brain: ScriptedBrain
) -> None:
    brain.silent = True

    async def play(line: Line, _: Heard) -> None:
        asking = await _asking(line, brain)

        await asyncio.to_thread(brain.stop)

        with pytest.raises(BrainAway):
            await asyncio.wait_for(asking, SOON_S)
        assert line.away == "brain"

    _play(console_site, play)


def test_whoever_waits_is_told_at_once_when_the_broker_goes_and_may_ask_again(
    console_site: Site, broker: PrivateBroker, brain: ScriptedBrain
) -> None:
    brain.silent = True

    async def play(line: Line, heard: Heard) -> None:
        asking = await _asking(line, brain)

        await asyncio.to_thread(broker.kill)
        with pytest.raises(BrainAway):
            await asyncio.wait_for(asking, SOON_S)
        assert line.away == "broker"
        brain.silent = False
        await asyncio.to_thread(broker.restart)
        await _there(line)
        answer = await line.ask(ADD, "alice", Role.PORTER)

        assert answer == {"op": "add"}
        before, after = brain.transactions()
        assert before == after
        assert heard.news == ["connected", "lost", "connected"]

    _play(console_site, play)


def test_whoever_waits_is_told_when_the_console_stops(
    console_site: Site, brain: ScriptedBrain
) -> None:
    brain.silent = True

    async def play(line: Line, _: Heard) -> None:
        asking = await _asking(line, brain)

        await line.stop()

        with pytest.raises(BrainAway):
            await asyncio.wait_for(asking, SOON_S)
        with pytest.raises(BrainAway):
            await line.ask(ADD, "alice", Role.PORTER)

    _play(console_site, play)


def test_a_brain_that_says_nothing_is_waited_for_no_longer_than_asked(
    console_site: Site, brain: ScriptedBrain
) -> None:
    brain.silent = True

    async def play(line: Line, _: Heard) -> None:
        await _there(line)

        with pytest.raises(BrainAway, match="no answer") as away:
            await line.ask(ADD, "alice", Role.PORTER, patience_s=0.3)
        assert away.value.sent

        brain.silent = False
        assert await line.ask(ADD, "alice", Role.PORTER) == {"op": "add"}

    _play(console_site, play)


def test_an_answer_that_comes_too_late_answers_no_other_question(
    console_site: Site, brain: ScriptedBrain
) -> None:
    brain.silent = True

    async def play(line: Line, _: Heard) -> None:
        await _there(line)
        with pytest.raises(BrainAway):
            await line.ask(ADD, "alice", Role.PORTER, patience_s=0.2)
        mended = ADD.model_copy(update={"name": "Resident Two"})
        asking = asyncio.create_task(line.ask(mended, "alice", Role.PORTER, patience_s=1))
        await _until(lambda: len(brain.requests) == 2)

        brain._answer(brain.requests[0])

        with pytest.raises(BrainAway):
            await asking

    _play(console_site, play)


def test_a_certificate_that_may_not_ask_is_told_so(
    console_site: Site, brain: ScriptedBrain
) -> None:
    async def play(line: Line, _: Heard) -> None:
        await _there(line)

        with pytest.raises(NotDone, match="admin/users"):
            await line.ask(ADD, "alice", Role.PORTER)

        assert not brain.requests

    _play(console_site, play, name="console.other")


def test_everything_that_doors_tell_arrives_in_order_while_the_console_is_busy(
    console_site: Site, brain: ScriptedBrain
) -> None:
    del brain  # it is there
    site = Site.load(console_site.root)
    settings = _access(site, "doors/front").model_copy(
        update={"port": site.description.broker.doors_port}
    )

    async def play(line: Line, heard: Heard) -> None:
        await _there(line)
        there = threading.Event()
        door = MqttBus(settings, "front")
        door.start(lambda event: there.set() if isinstance(event, Connected) else None)
        assert await asyncio.to_thread(there.wait, 10)
        try:
            for number in range(600):
                event = m.DoorEvent(id=f"7-{number}", kind=m.EventKind.WOKE, at=0)
                door.publish(encode(topics.DOOR_EVENT, event, "front"))
            time.sleep(0.5)  # that is what is tried
            await _until(lambda: len(_events(heard)) == 600)
        finally:
            await asyncio.to_thread(door.stop)

        assert _events(heard) == [f"7-{number}" for number in range(600)]

    _play(console_site, play)


def _events(heard: Heard) -> list[str]:
    return [
        decode(topics.DOOR_EVENT, wire).id
        for wire in heard.wires
        if topics.DOOR_EVENT.matches(wire.topic)
    ]


def test_nothing_goes_out_for_an_account_that_may_it_no_longer_but_notes_of_what_it_did(
    console_site: Site, brain: ScriptedBrain, tmp_path: Path
) -> None:
    accounts = Accounts(tmp_path / "data", SessionSettings())
    by = Actor("shell", Role.ADMINISTRATOR)
    note = m.Note(op="note", transaction="n1", what=m.Noteworthy.SIGNED_OUT)

    async def play(line: Line, _: Heard) -> None:
        await _there(line)
        assert await line.ask(ADD, "alice", Role.ADMINISTRATOR) == {"op": "add"}

        accounts.change("alice", by, role=Role.PORTER)
        for name, role in (("alice", Role.ADMINISTRATOR), ("nobody-here", Role.VIEWER)):
            with pytest.raises(NotDone) as refused:
                await line.ask(ADD, name, role)
            assert refused.value.code is m.ErrorCode.NOT_ALLOWED

        assert await line.ask(note, "alice", Role.ADMINISTRATOR) == {"op": "note"}
        assert len(brain.requests) == 2

    accounts.open()
    try:
        accounts.add("alice", Role.ADMINISTRATOR, by)
        _play(console_site, play, holds=accounts.holds)
    finally:
        accounts.close()
