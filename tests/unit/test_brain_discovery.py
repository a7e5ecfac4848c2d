"""What Home Assistant is told of a door: by its own rules, and what comes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from homeassistant_rules import mistakes, templates
from pydantic import TypeAdapter

from brain.discovery import House, device, node_of
from doorbus import messages as m
from doorbus import topics

HOUSE = House("doorward_brain-main_", "", "admin.homeassistant", "0.1.0")
WATCHING = House("doorward_site-x-brain-main_", "site/x/", "", "0.1.0")
TOPIC = "homeassistant/device/doorward_brain-main_front/config"
REQUEST: TypeAdapter[m.Request] = TypeAdapter(m.Request)
HEALTH = m.DoorHealth(
    version="0.1.0",
    uptime_s=61,
    epoch=1,
    mode=m.DoorMode.LOCKDOWN,
    shadow=True,
    camera=m.CameraHealth.LOST,
    fps=7.5,
    events=3,
    frames=2,
    degraded=("camera",),
)


def components(house: House = HOUSE) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(device("front", house, "0.1.0"))["components"]
    return made


def rendered(template: str, **values: object) -> str:
    return templates().from_string(template).render(**values)


@pytest.mark.parametrize("house", [HOUSE, WATCHING], ids=["administrator", "monitor"])
@pytest.mark.parametrize("version", ["", "0.1.0"])
def test_every_message_keeps_home_assistants_rules(house: House, version: str) -> None:
    topic = f"homeassistant/device/{house.node}front/config"

    assert mistakes(topic, device("front", house, version)) == []


def test_the_rules_find_what_breaks_them() -> None:
    message = json.loads(device("front", HOUSE))
    del message["origin"]
    message["device"] = {"names": "x"}
    message["components"]["lock"].pop("command_topic")
    message["components"]["contact"]["device_class"] = "temperature"
    message["components"]["mode"]["unit_of_measurement"] = "d"
    message["components"]["fps"]["value_template"] = "{{ value_json.fps }"
    message["components"]["access"]["state_topic"] = "door/+/event"

    found = mistakes("homeassistant/devices/x/config", json.dumps(message).encode())

    assert sorted(line.split(":")[0] for line in found) == [
        "access.state_topic",
        "contact.device_class",
        "device",
        "device.names",
        "fps.value_template",
        "homeassistant/devices/x/config",
        "lock.command_topic",
        "message.origin",
        "mode",
        "origin.name",
    ]


def test_unlocking_makes_a_request_of_this_door_with_a_mark_of_its_own() -> None:
    template = components()["lock"]["command_template"]

    first, second = (
        REQUEST.validate_json(rendered(template, value="UNLOCK").encode()) for _ in range(2)
    )

    assert isinstance(first, m.Unlock)
    assert (first.door, first.reason, first.hold_s) == ("front", "Home Assistant", None)
    assert first.transaction != second.transaction


def test_locking_changes_nothing_for_a_door_locks_by_itself() -> None:
    template = components()["lock"]["command_template"]

    request = REQUEST.validate_json(rendered(template, value="LOCK").encode())

    assert isinstance(request, m.ReadLog)


def test_the_lock_down_is_switched_and_the_picture_taken_by_requests() -> None:
    made = components()

    on, off = (
        REQUEST.validate_json(rendered(made["lockdown"]["command_template"], value=value).encode())
        for value in ("ON", "OFF")
    )
    picture = REQUEST.validate_json(
        rendered(made["take_snapshot"]["command_template"], value="PRESS").encode()
    )

    assert (type(on), type(off), type(picture)) == (m.Lockdown, m.Release, m.TakeDoorSnapshot)
    assert {getattr(request, "door", None) for request in (on, off, picture)} == {"front"}


def test_commands_go_to_the_administrators_own_topic_and_are_never_retained() -> None:
    commanding = [one for one in components().values() if "command_topic" in one]

    assert len(commanding) == 3
    assert {one["command_topic"] for one in commanding} == {"admin/users/admin.homeassistant"}
    assert not any(one["retain"] for one in commanding)
    assert all(len(one["availability"]) == 2 for one in commanding)


def test_who_only_watches_gets_no_control_and_sees_the_lock_all_the_same() -> None:
    made = components(WATCHING)

    assert not any("command_topic" in one for one in made.values())
    assert made["lock"]["platform"] == "binary_sensor"
    assert made["lock"]["state_topic"] == "site/x/door/front/lock/state"
    assert made["lock"]["payload_on"] == "UNLOCKED"


def test_every_topic_bears_the_sites_prefix() -> None:
    told = [
        value
        for one in components(WATCHING).values()
        for key, value in one.items()
        if key.endswith("_topic")
    ]

    assert told
    assert all(topic.startswith("site/x/door/front/") for topic in told)


def test_an_event_of_the_door_becomes_one_of_the_entity() -> None:
    one = components()["access"]
    event = m.DoorEvent(id="7-1", kind=m.EventKind.DENIED, at=5.0, visit=3, detail="unknown")
    bare = m.DoorEvent(id="7-2", kind=m.EventKind.WOKE, at=6.0)

    shown = [
        json.loads(
            rendered(
                one["value_template"], value_json=told.model_dump(mode="json", exclude_none=True)
            )
        )
        for told in (event, bare)
    ]

    assert shown[0] == {"event_type": "denied", "visit": 3, "detail": "unknown", "at": 5.0}
    assert (shown[1]["event_type"], shown[1]["visit"]) == ("woke", None)
    assert set(one["event_types"]) == {kind.value for kind in m.EventKind}


def test_what_a_door_tells_of_its_health_is_shown() -> None:
    made = components()
    told = HEALTH.model_dump(mode="json", exclude_none=True)

    shown = {
        name: rendered(one["value_template"], value_json=told)
        for name, one in made.items()
        if one.get("state_topic") == topics.DOOR_HEALTH.name("front")
    }

    assert shown == {
        "temperature": "None",  # Home Assistant's word for unknown
        "fps": "7.5",
        "waiting": "5",
        "certificate": "None",
        "mode": "lockdown",
        "degraded": "ON",
        "lockdown": "ON",
    }
    attributes = rendered(made["degraded"]["json_attributes_template"], value_json=told)
    assert json.loads(attributes)["degraded"] == ["camera"]


def test_a_node_is_of_one_brain_of_one_site() -> None:
    nodes = {
        node_of("brain.main", ""),
        node_of("brain.second", ""),
        node_of("brain.main", "site/x/"),
    }

    assert nodes == {
        "doorward_brain-main_",
        "doorward_brain-second_",
        "doorward_site-x-brain-main_",
    }
