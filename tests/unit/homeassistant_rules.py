"""Which discovery messages does Home Assistant take? Its published rules, for what Doorward uses.

From https://www.home-assistant.io/integrations/mqtt/ (device discovery payload, device, origin,
availability), the pages lock.mqtt, binary_sensor.mqtt, sensor.mqtt, event.mqtt, image.mqtt,
switch.mqtt and button.mqtt beside it, and the schemas that these describe, in
homeassistant/components/mqtt of https://github.com/home-assistant/core (schemas.py, config.py, and
the file of each platform). Only the rules are here: which keys there are, which must be there, and
what may stand in them.

Home Assistant drops keys of an entity that it does not know; here they are mistakes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import jinja2

_ENTITY = frozenset(
    {
        "availability",
        "availability_mode",
        "availability_template",
        "availability_topic",
        "payload_available",
        "payload_not_available",
        "enabled_by_default",
        "encoding",
        "entity_category",
        "entity_picture",
        "icon",
        "json_attributes_template",
        "json_attributes_topic",
        "name",
        "object_id",
        "default_entity_id",
        "platform",
        "qos",
        "unique_id",
    }
)
_READS = frozenset({"state_topic", "value_template"})
_WRITES = frozenset({"command_topic", "command_template", "retain"})
_ALLOWED: Mapping[str, frozenset[str]] = {
    "lock": _READS
    | _WRITES
    | {
        "code_format",
        "optimistic",
        "payload_lock",
        "payload_unlock",
        "payload_open",
        "payload_reset",
        "state_jammed",
        "state_locked",
        "state_locking",
        "state_unlocked",
        "state_unlocking",
    },
    "binary_sensor": _READS
    | {"device_class", "expire_after", "force_update", "off_delay", "payload_off", "payload_on"},
    "sensor": _READS
    | {
        "device_class",
        "expire_after",
        "force_update",
        "last_reset_value_template",
        "options",
        "state_class",
        "suggested_display_precision",
        "unit_of_measurement",
    },
    "event": _READS | {"device_class", "event_types"},
    "image": frozenset(
        {"content_type", "image_encoding", "image_topic", "url_template", "url_topic"}
    ),
    "switch": _READS
    | _WRITES
    | {"device_class", "optimistic", "payload_off", "payload_on", "state_off", "state_on"},
    "button": _WRITES | {"device_class", "payload_press"},
}
_REQUIRED: Mapping[str, frozenset[str]] = {
    "lock": frozenset({"command_topic"}),
    "binary_sensor": frozenset({"state_topic"}),
    "sensor": frozenset({"state_topic"}),
    "event": frozenset({"state_topic", "event_types"}),
    "image": frozenset(),
    "switch": frozenset({"command_topic"}),
    "button": frozenset({"command_topic"}),
}
_CLASSES: Mapping[str, frozenset[str]] = {
    "binary_sensor": frozenset({"door", "lock", "problem", "connectivity", "tamper", "opening"}),
    "sensor": frozenset({"temperature", "duration", "enum"}),
    "event": frozenset({"button", "doorbell", "motion"}),
    "button": frozenset({"identify", "restart", "update"}),
    "switch": frozenset({"outlet", "switch"}),
}
"""Device classes, of the sensors those of which the units are known here."""

_UNITS = {"temperature": {"°C", "°F", "K"}, "duration": {"d", "h", "min", "s", "ms"}}
_DEVICE = frozenset(
    {
        "configuration_url",
        "connections",
        "hw_version",
        "identifiers",
        "manufacturer",
        "model",
        "model_id",
        "name",
        "serial_number",
        "suggested_area",
        "sw_version",
        "via_device",
    }
)
_TOP = frozenset(
    {
        "availability",
        "availability_mode",
        "availability_template",
        "availability_topic",
        "command_topic",
        "components",
        "device",
        "encoding",
        "origin",
        "payload_available",
        "payload_not_available",
        "qos",
        "state_topic",
    }
)
_TOPIC = re.compile(r"homeassistant/device/(?:[a-zA-Z0-9_-]+/)?[a-zA-Z0-9_-]+/config")


def templates() -> jinja2.Environment:
    """Templates as Home Assistant has them, as far as Doorward's need it: `now` and `random`."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)  # noqa: S701  # no HTML
    environment.globals["now"] = lambda: datetime.now(UTC)
    return environment


def mistakes(topic: str, payload: bytes) -> list[str]:
    """Everything that Home Assistant would not take, or not as it is meant."""
    return list(_look(topic, json.loads(payload)))


def _look(topic: str, message: Any) -> Iterator[str]:
    if not _TOPIC.fullmatch(topic):
        yield f"{topic}: no discovery topic of a device"
    yield from _keys("message", message, _TOP, {"device", "origin", "components"})
    device, origin = message.get("device", {}), message.get("origin", {})
    yield from _keys("device", device, _DEVICE, set())
    if not (device.get("identifiers") or device.get("connections")):
        yield "device: identifiers or connections must be there"
    yield from _keys("origin", origin, frozenset({"name", "sw_version", "support_url"}), {"name"})
    yield from _availability("message", message)
    seen: set[str] = set()
    for name, component in message.get("components", {}).items():
        yield from _component(name, component)
        if component.get("unique_id") in seen:
            yield f"{name}: its unique_id is another entity's"
        seen.add(component.get("unique_id"))


def _keys(
    where: str, value: Any, allowed: frozenset[str], required: frozenset[str] | set[str]
) -> Iterator[str]:
    for key in value.keys() - allowed:
        yield f"{where}.{key}: no such key"
    for key in required - value.keys():
        yield f"{where}.{key}: must be there"


def _component(name: str, one: Mapping[str, Any]) -> Iterator[str]:
    platform = one.get("platform", "")
    if platform not in _ALLOWED:
        yield f"{name}.platform: {platform!r} is none that is known here"
        return
    required = _REQUIRED[platform] | {"unique_id"}
    yield from _keys(name, one, _ALLOWED[platform] | _ENTITY, required)
    yield from _availability(name, one)
    yield from _strings(name, one)
    for key in one:
        if key.endswith("_topic"):
            yield from _topic(f"{name}.{key}", one[key])
        elif key.endswith("_template"):
            yield from _template(f"{name}.{key}", one[key])
    if one.get("qos", 0) not in {0, 1, 2}:
        yield f"{name}.qos: 0, 1 or 2"
    category = one.get("entity_category")
    if category not in {None, "diagnostic", "config"}:
        yield f"{name}.entity_category: no such category"
    if category == "config" and platform in {"sensor", "binary_sensor"}:
        yield f"{name}.entity_category: what only shows something configures nothing"
    if "device_class" in one and one["device_class"] not in _CLASSES.get(platform, frozenset()):
        yield f"{name}.device_class: none of a {platform}"
    if platform == "sensor":
        yield from _sensor(name, one)
    if platform == "image" and ("image_topic" in one) == ("url_topic" in one):
        yield f"{name}: one of image_topic and url_topic"
    if platform == "event" and not one.get("event_types"):
        yield f"{name}.event_types: must name some"


def _strings(name: str, one: Mapping[str, Any]) -> Iterator[str]:
    for key, value in one.items():
        text = key.startswith(("payload_", "state_")) or key in {"icon", "content_type"}
        if text and not isinstance(value, str):
            yield f"{name}.{key}: must be text"
        if key in {"optimistic", "retain", "enabled_by_default"} and not isinstance(value, bool):
            yield f"{name}.{key}: true or false"
    if not (one.get("name") is None or isinstance(one["name"], str)):
        yield f"{name}.name: text or null"
    if "icon" in one and not re.fullmatch(r"mdi:[a-z0-9-]+", one["icon"]):
        yield f"{name}.icon: mdi:..."


def _sensor(name: str, one: Mapping[str, Any]) -> Iterator[str]:
    kind, unit = one.get("device_class"), one.get("unit_of_measurement")
    if kind == "enum" and ("state_class" in one or unit is not None or not one.get("options")):
        yield f"{name}: an enum has options, no unit and no state_class"
    if kind != "enum" and "options" in one:
        yield f"{name}.options: only with device_class enum"
    if kind in _UNITS and unit not in _UNITS[kind]:
        yield f"{name}.unit_of_measurement: none of {kind}"
    if one.get("state_class", "measurement") not in {
        "measurement",
        "measurement_angle",
        "total",
        "total_increasing",
    }:
        yield f"{name}.state_class: no such class"
    if not isinstance(one.get("expire_after", 0), int):
        yield f"{name}.expire_after: whole seconds"


def _availability(where: str, one: Mapping[str, Any]) -> Iterator[str]:
    if "availability" in one and "availability_topic" in one:
        yield f"{where}: availability or availability_topic"
    if one.get("availability_mode", "latest") not in {"all", "any", "latest"}:
        yield f"{where}.availability_mode: all, any or latest"
    allowed = frozenset({"topic", "payload_available", "payload_not_available", "value_template"})
    for number, entry in enumerate(one.get("availability", ())):
        yield from _keys(f"{where}.availability[{number}]", entry, allowed, {"topic"})
        yield from _topic(f"{where}.availability[{number}].topic", entry.get("topic", ""))


def _topic(where: str, topic: str) -> Iterator[str]:
    if not topic or len(topic.encode()) > 65535 or re.search(r"[\x00-\x1f+#]", topic):
        yield f"{where}: {topic!r} is no topic"


def _template(where: str, text: str) -> Iterator[str]:
    try:
        templates().parse(text)
    except jinja2.TemplateSyntaxError as error:
        yield f"{where}: {error}"
