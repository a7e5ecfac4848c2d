"""What about a door somebody should know, and what matters most."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.lasting import Lasting
from console.core.worries import (
    REMEMBERED_S,
    Found,
    Known,
    Weight,
    Worry,
    found,
    heaviest,
    rank,
    weight_of,
)
from doorbus.messages import Availability, CameraHealth, DoorHealth, DoorMode

NOW = 1_800_000_000.0
WELL = DoorHealth(
    version="0.1.0",
    uptime_s=86400,
    epoch=7,
    mode=DoorMode.NORMAL,
    camera=CameraHealth.GOOD,
    fps=7.5,
    events=0,
    frames=0,
    certificate_days=300.0,
    clock_sure=True,
)
CALM = Known(Availability.ONLINE, WELL, NOW - 5, Lasting(), NOW - 5)


def of(door: Known) -> list[Worry]:
    return [one.worry for one in found(door, NOW)]


def with_health(**changes: object) -> Known:
    return replace(CALM, health=WELL.model_copy(update=changes))


def test_a_door_that_is_well_worries_nobody() -> None:
    assert found(CALM, NOW) == ()
    assert heaviest(found(CALM, NOW)) is Weight.CALM


def test_a_door_of_which_nothing_was_heard_says_just_that() -> None:
    assert of(Known()) == [Worry.UNHEARD]


@pytest.mark.parametrize(
    ("changes", "worry"),
    [
        ({"mode": DoorMode.LOCKDOWN}, Worry.LOCKDOWN),
        ({"mode": DoorMode.EVACUATION}, Worry.EVACUATION),
        ({"mode": DoorMode.FIRE}, Worry.FIRE),
        ({"mode": DoorMode.OFFICE}, Worry.OFFICE),
        ({"shadow": True}, Worry.SHADOW),
        ({"camera": CameraHealth.LOST, "degraded": ("camera",)}, Worry.CAMERA_LOST),
        ({"camera": CameraHealth.FROZEN, "degraded": ("camera",)}, Worry.CAMERA_FROZEN),
        ({"degraded": ("brain",)}, Worry.NO_BRAIN),
        ({"degraded": ("clock",), "clock_sure": False}, Worry.CLOCK),
        ({"degraded": ("no_texture_networks",)}, Worry.LACKS),
        ({"degraded": ("events_lost",)}, Worry.EVENTS_LOST),
        ({"certificate_days": 20.9}, Worry.CERTIFICATE_ENDS),
        ({"certificate_days": -0.1}, Worry.CERTIFICATE_ENDED),
        ({"temperature_c": 80.5}, Worry.HOT),
        ({"events": 501}, Worry.BACKLOG),
    ],
)
def test_each_thing_that_a_door_tells_of_its_health_is_one_worry(
    changes: dict[str, object], worry: Worry
) -> None:
    assert of(with_health(**changes)) == [worry]


@pytest.mark.parametrize(
    ("lasting", "worry"),
    [
        (Lasting(forced=NOW - 60), Worry.FORCED),
        (Lasting(held=NOW - 60), Worry.HELD),
        (Lasting(tampered=NOW - 60), Worry.TAMPERED),
        (Lasting(fault=NOW - 60), Worry.FAULT),
        (Lasting(fire=NOW - 60), Worry.FIRE),
        (Lasting(was_forced=NOW - 60), Worry.WAS_FORCED),
        (Lasting(paused_until=NOW + 10), Worry.PAUSED),
    ],
)
def test_each_thing_that_lasts_is_one_worry(lasting: Lasting, worry: Worry) -> None:
    assert of(replace(CALM, lasting=lasting)) == [worry]


def test_what_is_over_for_long_worries_nobody() -> None:
    over = Lasting(was_forced=NOW - REMEMBERED_S, paused_until=NOW)

    assert of(replace(CALM, lasting=over)) == []


def test_fire_by_event_and_by_mode_is_one_fire() -> None:
    door = replace(with_health(mode=DoorMode.FIRE), lasting=Lasting(fire=NOW - 9))

    assert found(door, NOW) == (Found(Worry.FIRE, NOW - 9),)


def test_a_door_that_is_away_tells_of_its_lock_down_and_not_of_its_camera() -> None:
    health = WELL.model_copy(update={"mode": DoorMode.LOCKDOWN, "camera": CameraHealth.LOST})
    door = replace(CALM, online=Availability.OFFLINE, health=health)

    assert of(door) == [Worry.OFFLINE, Worry.LOCKDOWN]


def test_a_door_that_stopped_in_order_is_told_from_one_that_is_gone() -> None:
    stopped = WELL.model_copy(update={"running": False})

    assert of(replace(CALM, online=Availability.OFFLINE, health=stopped)) == [Worry.STOPPED]


@pytest.mark.parametrize(("age", "worries"), [(94.0, []), (96.0, [Worry.SILENT])])
def test_a_door_that_is_there_and_tells_no_health_is_silent(
    age: float, worries: list[Worry]
) -> None:
    assert of(replace(CALM, health_at=NOW - age)) == worries
    assert of(replace(CALM, health=None, health_at=None, heard_at=NOW - age)) == worries


healths = st.builds(
    lambda mode, shadow, camera, days, heat, events, degraded: WELL.model_copy(
        update={
            "mode": mode,
            "shadow": shadow,
            "camera": camera,
            "certificate_days": days,
            "temperature_c": heat,
            "events": events,
            "degraded": degraded,
        }
    ),
    st.sampled_from(DoorMode),
    st.booleans(),
    st.sampled_from(CameraHealth),
    st.none() | st.floats(-10, 400),
    st.none() | st.floats(-20, 100),
    st.integers(0, 2000),
    st.lists(st.sampled_from(["camera", "brain", "clock", "no_cache", "new_code"])).map(tuple),
)
moments = st.none() | st.floats(NOW - 7200, NOW)
doors = st.builds(
    Known,
    st.none() | st.sampled_from(Availability),
    st.none() | healths,
    moments,
    st.builds(Lasting, moments, moments, moments, moments, moments, moments, moments),
    moments,
)


@given(doors)
def test_worries_come_worst_first_and_each_once(door: Known) -> None:
    worries = found(door, NOW)

    weights = [one.weight for one in worries]
    assert len(set(worries)) == len(worries)
    assert heaviest(worries) == max(weights, default=Weight.CALM)
    assert [one.worry for one in worries] == sorted(
        (one.worry for one in worries), key=list(Worry).index
    )


@given(doors, doors)
def test_what_matters_most_decides_which_door_comes_first(one: Known, other: Known) -> None:
    first, second = found(one, NOW), found(other, NOW)
    if first and second and first[0].worry is not second[0].worry:
        order = list(Worry)
        worse = order.index(first[0].worry) < order.index(second[0].worry)
        assert (rank(first) < rank(second)) is worse
    elif first and not second:
        assert rank(first) < rank(second)


def test_worries_are_listed_in_the_order_of_their_weight_but_for_what_was() -> None:
    weights = [weight_of(worry) for worry in Worry]

    assert weights == sorted(weights, reverse=True)
