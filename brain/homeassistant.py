"""When is Home Assistant told of which door?

When the brain connects, when Home Assistant says that it started (its birth message), when doors
come and go, and when a door's software changes. Messages are retained; those of doors that there
are no more are taken away, also of doors that went while the brain was not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from brain.discovery import House, device, node_of
from brain.figures import DoorSeen
from brain.monitoring_settings import HomeAssistantSettings
from brain.sessions import Connect
from doorbus.bus import Bus, BusEvent, Connected, Delivery, Subscription, Wire
from doorbus.errors import BusError

ONLINE = b"online"
"""Home Assistant's birth message, as it is by default."""

_log = structlog.get_logger()


class HomeAssistant:
    """One more session of the brain, without the site's topic prefix; on the brain's thread.

    Args:
        settings: see there.
        name: the brain's name to the broker.
        prefix: the site's topic prefix.
        version: of the brain's software.
        connect: makes a session whose topics have no prefix.
        doors: those that are known now.
        seen: how each door was seen last.
    """

    def __init__(
        self,
        settings: HomeAssistantSettings,
        *,
        name: str,
        prefix: str,
        version: str,
        connect: Connect,
        doors: Callable[[], frozenset[str]],
        seen: Callable[[], Mapping[str, DoorSeen]],
    ) -> None:
        self._doors = doors
        self._seen = seen
        self._status = f"{settings.prefix}/status"
        self._devices = f"{settings.prefix}/device/"
        self._house = House(node_of(name, prefix), prefix, settings.admin, version)
        self._told: dict[str, bytes] = {}
        self._bus: Bus = connect(
            f"{name}/(home-assistant)",
            subscriptions=[Subscription(self._status), Subscription(f"{self._devices}+/config")],
        )

    def start(self, put: Callable[[Callable[[], None]], object]) -> None:
        """Connect.

        Args:
            put: has something done on the brain's thread.

        Raises:
            KeyMaterialError: a certificate is missing or broken.
        """

        def hear(event: BusEvent) -> None:
            if isinstance(event, Connected):
                put(self._tell_anew)
            elif isinstance(event, Delivery):
                event.ack()
                put(lambda wire=event.wire: self._take(wire))  # type: ignore[misc]  # a lambda's default

        self._bus.start(hear)

    def stop(self) -> None:
        """Disconnect; what was told stays with the broker. Twice is harmless."""
        self._bus.stop()

    def look(self) -> None:
        """Tell what is not as it was told last."""
        doors, seen = self._doors(), self._seen()
        for door in self._told.keys() - doors:
            self._take_away(door)
        for door in sorted(doors):
            health = seen[door].health if door in seen else None
            version = health.version if health is not None else ""
            if not version and door in self._told:
                continue  # it went offline: its software is what it was
            message = device(door, self._house, version)
            if self._told.get(door) != message and self._publish(door, message):
                self._told[door] = message

    def _tell_anew(self) -> None:
        self._told.clear()
        self.look()

    def _take(self, wire: Wire) -> None:
        if wire.topic == self._status:
            if wire.payload == ONLINE:
                self._tell_anew()
            return
        node = wire.topic.removeprefix(self._devices).removesuffix("/config")
        door = node.removeprefix(self._house.node)
        # Of this brain's own, and of a door that went while nobody was there to say so.
        if node.startswith(self._house.node) and wire.payload and door not in self._doors():
            self._take_away(door)

    def _take_away(self, door: str) -> None:
        if self._publish(door, b""):
            self._told.pop(door, None)
            _log.info("Home Assistant is told that a door is gone", door=door)

    def _publish(self, door: str, message: bytes) -> bool:
        topic = f"{self._devices}{self._house.node}{door}/config"
        try:
            self._bus.publish(Wire(topic, message, retain=True))
        except BusError as error:
            _log.debug("Home Assistant is told later", door=door, why=str(error))
            return False
        return True
