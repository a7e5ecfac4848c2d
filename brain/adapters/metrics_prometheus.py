"""How do the brain's figures become what Prometheus reads?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Final, Protocol
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from brain.errors import BrainError
from brain.figures import BOUNDS_S, DoorSeen, Seen
from doorbus.certificates import DAY_S
from doorbus.messages import (
    AlarmKind,
    BrainHealth,
    ContactReport,
    Decision,
    EventKind,
    LockReport,
    Reason,
)

JOIN_S = 5.0

WATCHED_REASONS: Final = (
    Reason.AMBIGUOUS,
    Reason.BRAIN_ERROR,
    Reason.NO_LIFE,
    Reason.NO_RESIDENTS,
    Reason.NOT_ONE_PERSON,
    Reason.NOT_READY,
    Reason.SPOOF,
    Reason.UNKNOWN,
)
"""Refusals that alerts look at. They are told as 0 from the start: Prometheus sees no increase in a
count that appears with its first visit."""

WATCHED_EVENTS: Final = (
    EventKind.CAMERA_FROZEN,
    EventKind.CAMERA_LOST,
    EventKind.DURESS,
    EventKind.FIRE,
    EventKind.FORCED_OPEN,
    EventKind.HELD_OPEN,
    EventKind.LOCK_FAULT,
    EventKind.TAMPER,
)
"""The same of what doors tell."""

ALARMS: Final = (*(kind.value for kind in AlarmKind), "many_refusals", "passback")
"""And of what the brain calls people for."""


class PrometheusExporter:
    """Serves the figures at `http://<host>:<port>/metrics`.

    Args:
        host: address to listen on.
        port: 0 takes a free one.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._running: tuple[WSGIServer, threading.Thread] | None = None

    @property
    def port(self) -> int:
        """Where it listens, once started."""
        return self._running[0].server_port if self._running else self._port

    def start(self, read: Callable[[], Seen]) -> None:
        """Begin to listen.

        Args:
            read: gives the figures, from any thread.

        Raises:
            BrainError: nobody can listen there.
        """
        registry = CollectorRegistry(auto_describe=False)
        registry.register(FiguresCollector(read))
        try:
            self._running = start_http_server(self._port, self._host, registry)
        except (OSError, OverflowError) as error:
            raise BrainError(
                f"metrics: nobody can listen on {self._host}:{self._port} ({error}); choose "
                "another `metrics.port` or `metrics.host` in brain.yaml"
            ) from None

    def stop(self) -> None:
        """Listen no longer. Twice is harmless."""
        running, self._running = self._running, None
        if running is None:
            return
        server, thread = running
        server.shutdown()
        server.server_close()
        thread.join(JOIN_S)


class FiguresCollector(Collector):
    """Gives the figures as metrics, at the moment they are asked for."""

    def __init__(self, read: Callable[[], Seen]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """All metrics, each with its help."""
        seen = self._read()
        yield from _visits(seen)
        yield _alarms(seen)
        yield from _doors(seen)
        if seen.health is not None:
            yield _one(
                "doorward_health_timestamp_seconds",
                "When the brain last looked at itself",
                seen.health[0],
            )
            yield from _brain(seen.health[1])


def _visits(seen: Seen) -> Iterator[Metric]:
    visits = CounterMetricFamily(
        "doorward_visits",
        "Verdicts since the brain's start, by door, decision and reason",
        labels=("door", "decision", "reason"),
    )
    deny = Decision.DENY.value
    watched = {(door, deny, reason.value): 0 for door in seen.doors for reason in WATCHED_REASONS}
    for labels, count in sorted((watched | dict(seen.visits)).items()):
        visits.add_metric(labels, count)
    yield visits
    took = HistogramMetricFamily(
        "doorward_verdict_seconds", "From a burst's arrival to its verdict's sending"
    )
    total, buckets = 0, []
    for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), seen.took, strict=True):
        total += count
        buckets.append((bound, total))
    took.add_metric((), buckets, seen.took_s)
    yield took
    events = CounterMetricFamily(
        "doorward_door_events",
        "What doors told of themselves since the brain's start",
        labels=("door", "kind"),
    )
    quiet = {(door, kind.value): 0 for door in seen.doors for kind in WATCHED_EVENTS}
    for names, count in sorted((quiet | dict(seen.events)).items()):
        events.add_metric(names, count)
    yield events


def _alarms(seen: Seen) -> Metric:
    alarms = CounterMetricFamily(
        "doorward_alarms", "What the brain called people for since its start", labels=("what",)
    )
    for what, count in sorted((dict.fromkeys(ALARMS, 0) | dict(seen.alarms)).items()):
        alarms.add_metric((what,), count)
    return alarms


class _Say(Protocol):
    def __call__(self, door: DoorSeen) -> float | None: ...


_DOORS: tuple[tuple[str, str, _Say], ...] = (
    ("online", "Whether a door is connected", lambda door: float(door.online)),
    (
        "unlocked",
        "Whether a door's lock is open, as its actuator says",
        lambda door: None if door.lock is None else float(door.lock is LockReport.UNLOCKED),
    ),
    (
        "open",
        "Whether a door stands open, as its contact says",
        lambda door: None if door.contact is None else float(door.contact is ContactReport.ON),
    ),
    (
        "shadow",
        "Whether a door decides without moving its lock",
        lambda door: float(door.health.shadow) if door.health else None,
    ),
    (
        "frames_per_second",
        "Pictures that a door takes",
        lambda door: door.health.fps if door.health else None,
    ),
    (
        "temperature_celsius",
        "Of a door's board",
        lambda door: door.health.temperature_c if door.health else None,
    ),
    (
        "certificate_left_seconds",
        "Until a door's certificate ends",
        lambda door: _seconds(door.health.certificate_days) if door.health else None,
    ),
    (
        "uptime_seconds",
        "Since a door's software started",
        lambda door: door.health.uptime_s if door.health else None,
    ),
)


def _doors(seen: Seen) -> Iterator[Metric]:
    doors = sorted(seen.doors.items())
    for name, text, say in _DOORS:
        gauge = GaugeMetricFamily(f"doorward_door_{name}", text, labels=("door",))
        for door, one in doors:
            if (value := say(one)) is not None:
                gauge.add_metric((door,), value)
        yield gauge
    waiting = GaugeMetricFamily(
        "doorward_door_waiting", "What waits at a door for the brain", labels=("door", "what")
    )
    mode = GaugeMetricFamily(
        "doorward_door_mode", "What rules a door's lock: 1 for what does", labels=("door", "mode")
    )
    degraded = GaugeMetricFamily(
        "doorward_door_degraded", "What a door does without: 1 each", labels=("door", "what")
    )
    for door, one in doors:
        if one.health is None:
            continue
        waiting.add_metric((door, "events"), one.health.events)
        waiting.add_metric((door, "frames"), one.health.frames)
        mode.add_metric((door, one.health.mode.value), 1)
        for what in one.health.degraded:
            degraded.add_metric((door, what), 1)
    yield from (waiting, mode, degraded)


def _brain(health: BrainHealth) -> Iterator[Metric]:
    info = InfoMetricFamily("doorward_brain", "Which brain this is")
    info.add_metric((), {"version": health.version, "encoder": health.encoder})
    yield info
    plain: tuple[tuple[str, str, float | None], ...] = (
        ("doorward_doors", "Doors that are known", health.doors),
        ("doorward_doors_online", "Doors that are connected", health.online),
        ("doorward_residents", "Residents with templates", health.residents),
        ("doorward_templates", "Templates in the gallery", health.templates),
        ("doorward_gallery_version", "Version of the gallery", health.gallery),
        ("doorward_bursts_waiting", "Bursts that wait for a matcher", health.waiting),
        ("doorward_disk_free_bytes", "Room where the brain keeps its data", health.disk_free),
        ("doorward_database_bytes", "What the database takes", health.database),
        (
            "doorward_certificate_left_seconds",
            "Until the brain's certificate ends",
            _seconds(health.certificate_days),
        ),
        (
            "doorward_audit_entries",
            "Entries of the audit",
            health.audit.entries if health.audit else None,
        ),
        (
            "doorward_noted",
            "Whether an administrator should read the note",
            float(bool(health.note)),
        ),
    )
    for name, text, value in plain:
        if value is not None:
            yield _one(name, text, value)
    if health.lookers is not None:
        yield _one("doorward_lookers", "Processes that look at pictures", health.lookers.running)
        lost = CounterMetricFamily(
            "doorward_lookers_lost", "Processes that ended and were replaced", labels=("how",)
        )
        for how in ("died", "hung", "memory", "failed", "absent"):
            lost.add_metric((how,), getattr(health.lookers, how))
        yield lost
    poison = CounterMetricFamily(
        "doorward_poison", "Messages that broke something", labels=("topic", "door", "reason")
    )
    for one in health.poison:
        poison.add_metric((one.topic, one.door, one.reason), one.count)
    yield poison


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _seconds(days: float | None) -> float | None:
    return None if days is None else days * DAY_S
