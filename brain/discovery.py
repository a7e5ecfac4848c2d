"""What does Home Assistant have to know of a door, to show and to work it?

One message of device-based MQTT discovery a door: https://www.home-assistant.io/integrations/mqtt/
(section "Device discovery payload") says which keys there are, and the page of each kind of entity
which it takes.

Home Assistant can neither sign nor wait for an answer. It is an administrator like any other: its
entities publish requests on that administrator's own topic, made by templates, each with a
transaction of its own. The door's state comes from the door.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from doorbus.messages import (
    DOOR_HEALTH_EXPIRY_S,
    Availability,
    ContactReport,
    DoorMode,
    EventKind,
    LockReport,
)
from doorbus.topics import (
    BRAIN_AVAILABILITY,
    CONTACT,
    DOOR_AVAILABILITY,
    DOOR_EVENT,
    DOOR_HEALTH,
    LOCK_STATE,
    REQUEST,
    SNAPSHOT,
)

TRANSACTION: Final = "ha-{{ now().timestamp() }}-{{ range(1000000) | random }}"
"""A mark of each request: microseconds and a random number, as a template of Home Assistant's."""

ASKED_BY: Final = "Home Assistant"

Component = dict[str, Any]


@dataclass(frozen=True, slots=True)
class House:
    """For whom doors are described.

    Attributes:
        node: what the names of this site's devices begin with.
        prefix: the site's topic prefix.
        admin: as whom Home Assistant may ask; empty where it may not.
        version: of the brain's software.
    """

    node: str
    prefix: str
    admin: str
    version: str


def node_of(brain: str, prefix: str) -> str:
    """What device names of a brain begin with: letters, digits, `_` and `-` only."""
    plain = re.sub(r"[^a-zA-Z0-9-]+", "-", f"{prefix}{brain}")
    return f"doorward_{plain}_"


def device(door: str, house: House, version: str = "") -> bytes:
    """The discovery message of a door.

    Args:
        door: its name.
        house: see there.
        version: of the door's software; empty where it has not told yet.
    """
    uid = f"{house.node}{door}"
    about = {"identifiers": [uid], "name": f"Door {door}", "manufacturer": "Doorward"}
    about |= {"model": "Door"} | ({"sw_version": version} if version else {})
    components = _Components(door, house)
    made = {**components.states(), **components.diagnostics(), **components.controls()}
    for name, component in made.items():
        component["unique_id"] = f"{uid}_{name}"
    message = {
        "device": about,
        "origin": {"name": "Doorward", "sw_version": house.version},
        "components": made,
        "qos": 1,
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


class _Components:
    """The entities of one door."""

    def __init__(self, door: str, house: House) -> None:
        self._door = door
        self._house = house
        self._here: Component = {
            "availability": [_online(self._name(DOOR_AVAILABILITY.name(door)))]
        }
        brain = _online(self._name(BRAIN_AVAILABILITY.name()))
        both = [*self._here["availability"], brain]
        self._answered: Component = {"availability": both, "availability_mode": "all"}

    def states(self) -> dict[str, Component]:
        """What the door shows: lock, contact, events, the last picture."""
        door, lock = self._door, self._name(LOCK_STATE.name(self._door))
        events: Component = {
            "platform": "event",
            "name": "Access",
            "icon": "mdi:door-closed-lock",
            "state_topic": self._name(DOOR_EVENT.name(door)),
            "event_types": [kind.value for kind in EventKind],
            "value_template": (
                "{{ {'event_type': value_json.kind, 'visit': value_json.visit | default(none), "
                "'detail': value_json.detail | default(''), 'at': value_json.at} | tojson }}"
            ),
        }
        shown: dict[str, Component] = {
            "contact": {
                "platform": "binary_sensor",
                "name": "Leaf",
                "device_class": "door",
                "state_topic": self._name(CONTACT.name(door)),
                "payload_on": ContactReport.ON.value,
                "payload_off": ContactReport.OFF.value,
                **self._here,
            },
            "access": {**events, **self._here},
            "snapshot": {
                "platform": "image",
                "name": "Snapshot",
                "image_topic": self._name(SNAPSHOT.name(door)),
                "content_type": "image/jpeg",
            },
        }
        if not self._house.admin:
            shown["lock"] = {
                "platform": "binary_sensor",
                "name": "Lock",
                "device_class": "lock",  # on is unlocked
                "state_topic": lock,
                "payload_on": LockReport.UNLOCKED.value,
                "payload_off": LockReport.LOCKED.value,
                **self._here,
            }
        return shown

    def diagnostics(self) -> dict[str, Component]:
        """How the door is."""
        figures: dict[str, Component] = {
            "temperature": {
                "name": "Board temperature",
                "device_class": "temperature",
                "unit_of_measurement": "°C",
                "state_class": "measurement",
                "value_template": "{{ value_json.temperature_c | default(none) }}",
            },
            "fps": {
                "name": "Camera pictures",
                "unit_of_measurement": "fps",
                "state_class": "measurement",
                "icon": "mdi:camera",
                "value_template": "{{ value_json.fps }}",
            },
            "waiting": {
                "name": "Waiting for the server",
                "state_class": "measurement",
                "icon": "mdi:tray-full",
                "value_template": "{{ value_json.events + value_json.frames }}",
            },
            "certificate": {
                "name": "Certificate ends in",
                "device_class": "duration",
                "unit_of_measurement": "d",
                "value_template": "{{ value_json.certificate_days | default(none) }}",
            },
            "mode": {
                "name": "Mode",
                "device_class": "enum",
                "options": [mode.value for mode in DoorMode],
                "value_template": "{{ value_json.mode }}",
            },
        }
        kept: Component = {
            "state_topic": self._name(DOOR_HEALTH.name(self._door)),
            "expire_after": DOOR_HEALTH_EXPIRY_S,
            "entity_category": "diagnostic",
        }
        sensors: dict[str, Component] = {
            name: {"platform": "sensor", **figure, **kept, **self._here}
            for name, figure in figures.items()
        }
        problem: Component = {
            "platform": "binary_sensor",
            "name": "Degraded",
            "device_class": "problem",
            "value_template": "{{ 'ON' if value_json.degraded else 'OFF' }}",
            "json_attributes_topic": kept["state_topic"],
            "json_attributes_template": (
                "{{ {'degraded': value_json.degraded, 'shadow': value_json.shadow, "
                "'camera': value_json.camera} | tojson }}"
            ),
            **kept,
            **self._here,
        }
        connected: Component = {
            "platform": "binary_sensor",
            "name": "Connection",
            "device_class": "connectivity",
            "entity_category": "diagnostic",
            "state_topic": self._name(DOOR_AVAILABILITY.name(self._door)),
            "payload_on": Availability.ONLINE.value,
            "payload_off": Availability.OFFLINE.value,
        }
        return sensors | {"degraded": problem, "connection": connected}

    def controls(self) -> dict[str, Component]:
        """What an administrator may do; nothing for who only watches."""
        if not self._house.admin:
            return {}
        # A door locks by itself: LOCK reads, so that "lock everything at night" locks nobody out.
        reads = self._asks("log", limit=1)
        lock: Component = {
            "platform": "lock",
            "name": None,  # the device's own
            "state_topic": self._name(LOCK_STATE.name(self._door)),
            "state_locked": LockReport.LOCKED.value,
            "state_unlocked": LockReport.UNLOCKED.value,
            "payload_lock": "LOCK",
            "payload_unlock": "UNLOCK",
            "optimistic": False,
            "command_template": _either("UNLOCK", self._asks("unlock", reason=ASKED_BY), reads),
        }
        lockdown: Component = {
            "platform": "switch",
            "name": "Lock-down",
            "icon": "mdi:lock-alert",
            "state_topic": self._name(DOOR_HEALTH.name(self._door)),
            "value_template": "{{ 'ON' if value_json.mode == 'lockdown' else 'OFF' }}",
            "payload_on": "ON",
            "payload_off": "OFF",
            "optimistic": False,
            "command_template": _either(
                "ON",
                self._asks("lockdown", reason=ASKED_BY),
                self._asks("release", reason=ASKED_BY),
            ),
        }
        picture: Component = {
            "platform": "button",
            "name": "Take a snapshot",
            "icon": "mdi:camera",
            "command_template": self._asks("snapshot"),
        }
        sent: Component = {
            "command_topic": self._name(REQUEST.name(self._house.admin)),
            "retain": False,
            **self._answered,
        }
        named = {"lock": lock, "lockdown": lockdown, "take_snapshot": picture}
        return {name: {**control, **sent} for name, control in named.items()}

    def _asks(self, op: str, **fields: Any) -> str:
        """A template that makes a request about this door."""
        request = {"op": op, "transaction": TRANSACTION, "door": self._door, **fields}
        return json.dumps(request)

    def _name(self, topic: str) -> str:
        return f"{self._house.prefix}{topic}"


def _either(value: str, this: str, otherwise: str) -> str:
    return f"{{% if value == '{value}' %}}{this}{{% else %}}{otherwise}{{% endif %}}"


def _online(topic: str) -> dict[str, str]:
    return {
        "topic": topic,
        "payload_available": Availability.ONLINE.value,
        "payload_not_available": Availability.OFFLINE.value,
    }
