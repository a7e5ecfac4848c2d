"""What wires, orders and hours do to a door, step by step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

import pytest

from doorbus.messages import Decision, EventKind, Order, OrderAction, Verdict
from doorbus.messages import Reason as Why
from doorbus.messages.schedules import Window
from edge.core.contact import ContactRule
from edge.core.gate import Gate, Mode, Reason
from edge.core.office import OfficeRule
from edge.core.prompts import Prompt
from edge.core.senses import Sense
from edge.core.standing import STANDING_S
from edge.core.visit import step
from edge.core.visit_effects import (
    CloseLock,
    Effect,
    Emit,
    HoldLock,
    KeepEvacuation,
    KeepLockdown,
    Show,
)
from edge.core.visit_events import (
    Answered,
    BusDown,
    Event,
    LocalTime,
    LockReported,
    Ordered,
    PassKept,
    PassShown,
    SenseMoved,
    Tick,
)
from edge.core.visit_state import Asleep, Door, Open, VisitRule, Waiting

E = TypeVar("E", bound=Effect)

NONCE = "a" * 32
HOURS = (Window(days=("mon",), start="09:00", end="17:00"),)


class Play:
    """A door and all that it wanted done."""

    def __init__(self, door: Door | None = None) -> None:
        self.door = door or Door(bus=True)
        self.now = 50.0
        self.effects: list[Effect] = []

    def do(self, event: Event, after: float = 0.0) -> list[Effect]:
        self.now += after
        self.door, effects = step(self.door, event, self.now)
        self.effects += effects
        return list(effects)

    def wants(self, kind: type[E]) -> list[E]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def stands(self, phase: type) -> bool:
        return isinstance(self.door.phase, phase)

    def told(self) -> list[EventKind]:
        return [emit.kind for emit in self.wants(Emit)]

    def feel(self, sense: Sense, *, on: bool, after: float = 0.0) -> list[Effect]:
        return self.do(SenseMoved(sense, on), after)

    def order(self, action: OrderAction) -> list[Effect]:
        return self.do(Ordered(Order(order="o-1", challenge=NONCE, action=action, hold_s=4.0)))

    def granted(self) -> list[Effect]:
        """Somebody who asked is let in."""
        self.door = Door(
            **{
                name: getattr(self.door, name)
                for name in ("rule", "gate", "told_lock", "office", "contact", "locked", "bus")
            },
            phase=Waiting(3, NONCE, self.now + 3, 1),
            last_asked=(3, NONCE),
            noticed_at=self.now,
        )
        return self.do(
            Answered(
                Verdict(visit=3, nonce=NONCE, decision=Decision.GRANT, reason=Why.MATCH, hold_s=5)
            )
        )

    def at(self, hour: int) -> list[Effect]:
        return self.do(LocalTime(datetime(2026, 1, 5, hour, tzinfo=UTC)))


def with_office(*, first_person: bool) -> Play:
    rule = VisitRule(office=OfficeRule(HOURS, first_person))
    return Play(Door(rule=rule, bus=True))


def test_a_fire_opens_tells_and_shows_the_way_out() -> None:
    play = Play()

    effects = play.feel(Sense.FIRE, on=True)

    assert HoldLock(STANDING_S, Reason.FIRE) in effects
    assert Emit(EventKind.FIRE) in effects
    assert Show(Prompt.LEAVE) in effects
    assert play.door.mode(play.now) is Mode.FIRE


def test_a_fire_is_renewed_as_time_passes_and_told_once() -> None:
    play = Play()
    play.feel(Sense.FIRE, on=True)

    for _ in range(100):
        play.do(Tick(), after=0.5)

    renewals = play.wants(HoldLock)[1:]
    assert len(renewals) == 10
    assert all(hold == HoldLock(STANDING_S, Reason.FIRE, renewed=True) for hold in renewals)
    assert play.told() == [EventKind.FIRE]


def test_the_door_closes_when_the_fire_is_over() -> None:
    play = Play()
    play.feel(Sense.FIRE, on=True)

    effects = play.feel(Sense.FIRE, on=False, after=60)

    assert CloseLock() in effects
    assert Emit(EventKind.FIRE_OVER) in effects
    assert Show(Prompt.IDLE) in effects


def test_a_fire_opens_a_locked_down_door_without_the_broker() -> None:
    play = Play(Door(bus=True, gate=Gate(locked_down=True)))
    play.do(BusDown())

    play.feel(Sense.FIRE, on=True)
    assert play.wants(HoldLock) == [HoldLock(STANDING_S, Reason.FIRE)]

    play.feel(Sense.FIRE, on=False)
    assert CloseLock() in play.effects
    assert play.door.mode(play.now) is Mode.LOCK_DOWN


def test_a_fire_that_calls_when_the_door_starts_opens_it() -> None:
    """The first look at a wire tells how it is."""
    play = Play(Door())

    assert HoldLock(STANDING_S, Reason.FIRE) in play.feel(Sense.FIRE, on=True)


def test_a_calm_wire_at_the_start_is_nothing_to_tell() -> None:
    play = Play(Door())

    for sense in Sense:
        play.feel(sense, on=False)

    assert play.told() == []
    assert play.wants(HoldLock) == []


def test_a_lock_that_closes_by_itself_during_a_fire_is_opened_again() -> None:
    play = Play()
    play.feel(Sense.FIRE, on=True)

    play.do(LockReported(locked=True, at=51.0), after=1.0)

    assert len(play.wants(HoldLock)) == 2


def test_an_evacuation_is_kept_and_one_release_ends_it() -> None:
    play = Play(Door(bus=True, gate=Gate(locked_down=True)))

    effects = play.order(OrderAction.EVACUATE)
    assert HoldLock(STANDING_S, Reason.EVACUATION) in effects
    assert KeepEvacuation(on=True) in effects
    assert Emit(EventKind.ORDER, None, "evacuate o-1") in effects

    effects = play.order(OrderAction.RELEASE)
    assert CloseLock() in effects
    assert KeepEvacuation(on=False) in effects
    assert KeepLockdown(on=False) in effects
    assert play.door.mode(play.now) is Mode.NORMAL


def test_a_door_that_was_evacuating_when_it_stopped_opens_at_its_start() -> None:
    play = Play(Door(gate=Gate(evacuating=True)))

    assert HoldLock(STANDING_S, Reason.EVACUATION) in play.do(Tick())


def test_a_lock_down_during_an_evacuation_is_refused_and_says_so() -> None:
    play = Play(Door(bus=True, gate=Gate(evacuating=True)))

    effects = play.order(OrderAction.LOCKDOWN)

    assert Emit(EventKind.ORDER, None, "refused lockdown o-1 evacuation") in effects
    assert KeepLockdown(on=True) not in effects


def test_a_lock_down_during_a_fire_is_kept_for_when_it_is_over() -> None:
    play = Play()
    play.feel(Sense.FIRE, on=True)

    assert KeepLockdown(on=True) in play.order(OrderAction.LOCKDOWN)
    assert play.door.mode(play.now) is Mode.FIRE
    play.feel(Sense.FIRE, on=False)
    assert play.door.mode(play.now) is Mode.LOCK_DOWN


def test_a_locked_down_door_shows_that_it_stays_shut() -> None:
    play = Play()

    assert Show(Prompt.STAYS_SHUT) in play.order(OrderAction.LOCKDOWN)
    assert Show(Prompt.IDLE) in play.order(OrderAction.RELEASE)


def test_somebody_granted_during_a_fire_and_a_lock_down_is_told_of_the_lock_down() -> None:
    play = Play(Door(bus=True, gate=Gate(fire=True, locked_down=True)))

    assert Emit(EventKind.DENIED, 3, "lock-down", Prompt.LEAVE) in play.granted()


def test_office_mode_opens_and_closes_by_the_clock() -> None:
    play = with_office(first_person=False)

    assert HoldLock(STANDING_S, Reason.OFFICE) in play.at(9)
    assert play.door.mode(play.now) is Mode.OFFICE
    assert CloseLock() in play.at(17)
    assert play.told() == [EventKind.OFFICE_OPEN, EventKind.OFFICE_CLOSED]


def test_with_first_person_a_grant_opens_the_door_for_the_rest_of_the_window() -> None:
    play = with_office(first_person=True)
    play.at(9)
    assert play.wants(HoldLock) == []

    effects = play.granted()
    assert HoldLock(STANDING_S, Reason.OFFICE) in effects
    assert Emit(EventKind.GRANTED, 3, "match") in effects
    assert EventKind.OFFICE_OPEN in play.told()


def test_a_remote_unlock_is_no_first_person() -> None:
    play = with_office(first_person=True)
    play.at(9)

    play.order(OrderAction.UNLOCK)

    assert play.wants(HoldLock) == [HoldLock(4.0, Reason.REMOTE)]


def test_a_visitor_with_a_pass_is_no_first_person() -> None:
    play = with_office(first_person=True)
    play.at(9)
    visitor = "p-5f1c0a9e7b3d2468"

    play.do(PassShown("a", visitor, None))
    play.do(PassKept(visitor))

    assert play.wants(HoldLock) == [HoldLock(play.door.rule.hold_s, Reason.VISIT)]
    assert HoldLock(STANDING_S, Reason.OFFICE) in play.granted()


def test_a_grant_during_a_lock_down_is_no_first_person() -> None:
    play = with_office(first_person=True)
    play.at(9)
    play.order(OrderAction.LOCKDOWN)

    play.granted()
    play.order(OrderAction.RELEASE)

    assert play.wants(HoldLock) == []


def test_a_lock_down_sends_the_first_person_home() -> None:
    play = with_office(first_person=True)
    play.at(9)
    play.granted()
    play.order(OrderAction.LOCKDOWN)

    play.order(OrderAction.RELEASE)
    play.at(10)

    assert play.door.mode(play.now) is Mode.NORMAL
    assert play.told().count(EventKind.OFFICE_OPEN) == 1
    assert play.told().count(EventKind.OFFICE_CLOSED) == 1


def test_a_lock_down_shuts_a_door_in_office_mode_and_release_opens_it_again() -> None:
    play = with_office(first_person=False)
    play.at(9)

    assert CloseLock() in play.order(OrderAction.LOCKDOWN)
    assert HoldLock(STANDING_S, Reason.OFFICE) in play.order(OrderAction.RELEASE)


def test_while_the_door_stands_open_a_visit_ends_at_its_own_time() -> None:
    """Or nobody else would be looked at until the evening."""
    play = with_office(first_person=False)
    play.at(9)
    play.granted()
    assert play.stands(Open)

    play.do(Tick(), after=5)

    assert play.stands(Asleep)


def test_an_unset_clock_is_told_once_and_opens_nothing() -> None:
    play = with_office(first_person=False)

    for _ in range(5):
        play.do(LocalTime(None), after=0.25)

    assert play.told() == [EventKind.CLOCK_UNSURE]
    assert play.wants(HoldLock) == []


def test_tampering_is_told_and_moves_nothing() -> None:
    play = Play()

    play.feel(Sense.TAMPER, on=True)
    play.feel(Sense.TAMPER, on=False)

    assert play.told() == [EventKind.TAMPER, EventKind.TAMPER_OVER]
    assert play.wants(HoldLock) == []


def test_a_forced_door_is_told_and_shut_again() -> None:
    play = Play()
    play.do(LockReported(locked=True, at=50.0))
    play.feel(Sense.CONTACT, on=False, after=5)

    play.feel(Sense.CONTACT, on=True, after=5)
    play.feel(Sense.CONTACT, on=False, after=5)

    assert play.told() == [EventKind.FORCED_OPEN, EventKind.CLOSED_AGAIN]


def test_an_exit_and_the_opening_it_causes_are_no_alarm() -> None:
    play = Play()
    play.do(LockReported(locked=True, at=50.0))
    play.feel(Sense.CONTACT, on=False, after=5)

    play.feel(Sense.EXIT, on=True)
    play.feel(Sense.EXIT, on=False, after=0.3)
    play.feel(Sense.CONTACT, on=True, after=1)
    play.feel(Sense.CONTACT, on=False, after=4)

    assert play.told() == [EventKind.EXIT]
    assert play.wants(HoldLock) == []


@pytest.mark.parametrize("opens", [Sense.FIRE, None])
def test_whoever_opens_a_door_that_stands_open_forces_nothing(opens: Sense | None) -> None:
    play = with_office(first_person=False)
    play.do(LockReported(locked=True, at=50.0))
    play.feel(Sense.CONTACT, on=False, after=5)
    if opens is None:
        play.at(9)
    else:
        play.feel(opens, on=True)

    play.feel(Sense.CONTACT, on=True, after=0.01)

    assert EventKind.FORCED_OPEN not in play.told()


def test_a_door_held_open_asks_to_be_closed_until_it_is() -> None:
    play = Play(Door(rule=VisitRule(contact=ContactRule(held_open_s=20))))
    play.feel(Sense.CONTACT, on=True)

    effects = play.do(Tick(), after=20)
    assert Show(Prompt.CLOSE_DOOR) in effects
    assert Emit(EventKind.HELD_OPEN, None, "for more than 20 s") in effects

    assert Show(Prompt.IDLE) in play.feel(Sense.CONTACT, on=False)
