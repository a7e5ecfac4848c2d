"""Who hears of each verdict, event and state, and where is it shown?

Nothing here decides anything: what it keeps is for people, and what of it fails is logged.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from brain.config import BrainSettings
from brain.decided import Decided
from brain.door_states import DoorStates
from brain.doors import KnownDoors
from brain.figures import Exporter, Figures
from brain.health import Health, version
from brain.homeassistant import HomeAssistant
from brain.live_gallery import LiveGallery
from brain.named_visits import NamedVisits
from brain.outgoing import Outgoing
from brain.parts import Lookers, Parts
from brain.ports import Clock
from brain.quarantine import Quarantine
from brain.scorekeeping import Scorekeeper
from brain.store_ports import PeopleStore
from doorbus.bus import Wire
from doorbus.messages import Alarm, DoorEvent, ManyRefusals, PassbackBroken
from doorbus.topics import CONTACT, DOOR_HEALTH, LOCK_STATE, Topic


class Monitoring:
    """The brain's figures; on one thread, but for the exporter's.

    Args:
        waiting: bursts that wait for a matcher.
        noted: what an administrator should know of a change of the encoder; empty for nothing.
        exporter: shows the figures; None where nobody measures.
        homeassistant: makes what tells Home Assistant; None where nobody does.
        zone: the site's own time.
        data: the folder whose disk must not fill.
        certificate: the brain's own, to the broker.
    """

    def __init__(
        self,
        *,
        store: PeopleStore,
        outgoing: Outgoing,
        gallery: LiveGallery,
        doors: KnownDoors,
        quarantine: Quarantine,
        clock: Clock,
        waiting: Callable[[], int],
        noted: Callable[[], str],
        lookers: Lookers | None,
        exporter: Exporter | None,
        homeassistant: Callable[[Figures], HomeAssistant] | None,
        zone: ZoneInfo,
        data: Path,
        certificate: Path,
    ) -> None:
        self._doors = doors
        self._exporter = exporter
        self._figures = Figures()
        self._homeassistant = homeassistant(self._figures) if homeassistant else None
        self._states = DoorStates(self._figures)
        self._scores = Scorekeeper(store, lambda: gallery.encoder, zone)
        self._named = NamedVisits(outgoing, store)
        self._health = Health(
            store=store,
            outgoing=outgoing,
            gallery=gallery,
            doors=doors,
            quarantine=quarantine,
            waiting=waiting,
            noted=noted,
            lookers=lookers,
            figures=self._figures,
            clock=clock,
            data=data,
            certificate=certificate,
        )

    @property
    def routes(self) -> tuple[tuple[Topic[Any], Callable[[Wire], None]], ...]:
        """Which messages it takes."""
        return (
            (LOCK_STATE, self._states.take_lock),
            (CONTACT, self._states.take_contact),
            (DOOR_HEALTH, self._states.take_health),
        )

    def start(self, put: Callable[[Callable[[], None]], object]) -> None:
        """Begin to show figures and doors.

        Args:
            put: has something done on the brain's thread.

        Raises:
            BrainError: figures cannot be shown where they should be.
            KeyMaterialError: a certificate is missing or broken.
        """
        self._figures.known(self._doors.names)
        if self._exporter is not None:
            self._exporter.start(self._figures.seen)
        if self._homeassistant is not None:
            self._homeassistant.start(put)

    def stop(self) -> None:
        """Write down what was counted, and show no more; the store must still be open."""
        if self._exporter is not None:
            self._exporter.stop()
        if self._homeassistant is not None:
            self._homeassistant.stop()
        self._scores.write()

    def decided(self, one: Decided) -> None:
        """A verdict was sent."""
        self._figures.decided(one)
        self._health.decided(one)
        self._scores.decided(one)
        self._named.decided(one)

    def told(self, door: str, event: DoorEvent) -> None:
        """A door told of something, for the first time."""
        self._figures.told(door, event)
        self._named.told(door, event)

    def watched(self, event: object) -> None:
        """The brain told whoever watches of something."""
        match event:
            case Alarm():
                self._figures.alarm(event.what.value)
            case ManyRefusals() | PassbackBroken():
                self._figures.alarm(event.kind)
            case _:
                pass

    def present(self, door: str, *, online: bool) -> None:
        """A door came to the broker, or went."""
        self._figures.online(door, online=online)

    def doors_changed(self) -> None:
        """Other doors are known than before."""
        self._figures.known(self._doors.names)
        if self._homeassistant is not None:
            self._homeassistant.look()

    def write_scores(self) -> None:
        """Write down what was counted so far."""
        self._scores.write()

    def publish(self, *, aloud: bool) -> None:
        """Look how everything is; tell it on `brain/health` where `aloud`."""
        self._health.publish(aloud=aloud)
        if self._homeassistant is not None:
            self._homeassistant.look()


def homeassistant_of(
    settings: BrainSettings, parts: Parts, doors: Callable[[], frozenset[str]]
) -> Callable[[Figures], HomeAssistant] | None:
    """Makes what tells Home Assistant, as it is set; None where it is not.

    Args:
        settings: of the brain.
        parts: how to connect.
        doors: those that are known now.
    """
    chosen = settings.homeassistant
    if chosen is None:
        return None
    return lambda figures: HomeAssistant(
        chosen,
        name=settings.name,
        prefix=settings.broker.prefix,
        version=version(),
        connect=parts.plain or parts.connect,
        doors=doors,
        seen=lambda: figures.seen().doors,
    )
