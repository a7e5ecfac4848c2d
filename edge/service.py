"""How does a door start and stop? The lock first, for it closes; then everything else around it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from doorbus.messages import Availability
from doorbus.signing import Stamp
from edge.app import DoorLoop
from edge.bursts import Bursts
from edge.cache_asking import CacheAsking
from edge.capture import Capture
from edge.close_looks import no_time
from edge.config import EdgeSettings
from edge.core.away import AwayPolicy
from edge.core.gate import Gate
from edge.core.policies import Wanted
from edge.core.visit_state import Door
from edge.enrolment import Enroller
from edge.eyes import Eyes
from edge.forgetting import Forgetting
from edge.health import HealthTelling, Sources
from edge.hearing import Hearing
from edge.inbox import Inbox, LockMoved
from edge.local_matching import FoundHere, LocalMatching
from edge.messages_in import Reader
from edge.messages_out import Speaker, availability
from edge.on_its_own import OnItsOwn
from edge.parts import Parts
from edge.pass_book import PassBook
from edge.pass_desk import PassDesk
from edge.resident_cache import ResidentCache
from edge.sealing import PictureSeal
from edge.sender import Sender
from edge.senses import Senses
from edge.showing import Showing
from edge.snapshots import Snapshots
from edge.spool import Spool
from edge.start_line import FETCH, liveness_policy, start_line, tell_start
from edge.state_dir import StateDir
from edge.steady import BeatingLandmarks
from edge.surroundings import Surroundings
from edge.wall_clock import LatestTime

MEGABYTE: Final = 1_000_000

_log = structlog.get_logger(__name__)


def run(settings: EdgeSettings, parts: Parts, stopping: threading.Event) -> None:
    """Be a door until `stopping` is set.

    Raises:
        EdgeError: lock, sensor or state folder cannot be used. A camera or broker that is not
            there is waited for.
        faces.errors.ModelError: a model is missing; names file and command.
        doorbus.errors.KeyMaterialError: a certificate is unusable; names the file.
    """
    inbox, clock = Inbox(), parts.clock
    with ExitStack() as running:
        running.callback(parts.lock.stop)
        parts.lock.start(lambda state: inbox.put(LockMoved(state, clock.monotonic())))
        state = StateDir(settings.state_dir)
        running.callback(state.stop)
        stamp = Stamp(settings.door, state.start())
        spool = Spool(
            state.spool,
            settings.door,
            seal=PictureSeal(parts.door_key),
            max_frame_bytes=round(settings.spool.max_frames_mb * MEGABYTE),
            max_events=settings.spool.max_events,
        )
        spool.start()
        _start_looking(running, parts)
        running.callback(parts.indicator.stop)
        parts.indicator.start()
        senses = Senses(parts.wires, inbox.put, clock)
        running.callback(senses.stop)
        senses.start()
        reader = Reader(stamp, parts.brain_key)
        bus = parts.make_bus(
            reader.subscriptions,
            availability(settings.door, Availability.ONLINE),
            availability(settings.door, Availability.OFFLINE),
        )
        speaker = Speaker(stamp, parts.door_key, bus)
        sender = Sender(spool, stamp, speaker.publish, parts.wall)
        tell_start(sender, spool, clock, start_line(settings, parts.surface))
        capture = Capture(parts.camera, inbox.put_frame, inbox.put, lossless=parts.lossless)
        enroller = Enroller(settings.enrolment_rule, spool, sender)
        eyes = Eyes(
            parts.tracker,
            liveness_policy(settings, parts.surface),
            settings.burst_rule,
            parts.models,
            surface=parts.surface,
            landmarks=parts.landmarks and BeatingLandmarks(parts.landmarks, parts.lock.beat),
            # A recording of which every frame is waited for takes no time of its own.
            clock=no_time if parts.lossless else clock.monotonic,
        )
        snapshots = Snapshots(
            speaker,
            lambda: eyes.newest,
            settings.snapshot.rule,
            parts.finder,
            parts.lock.beat,
        )
        latest = LatestTime(state.folder / "latest-time")
        latest.start()
        away = on_its_own(
            settings, parts, state=state, speaker=speaker, latest=latest, put=inbox.put
        )
        running.callback(away.stop)
        book = PassBook(state.folder / "passes.json")
        book.start()
        showing = Showing(
            reader=parts.reader,
            pass_reader=parts.pass_reader,
            desk=PassDesk(
                settings.door,
                parts.brain_key,
                wall_clock=parts.wall_clock,
                latest=latest,
                book=book,
                counting=not settings.shadow,
            ),
            speaker=speaker,
            lock=parts.lock,
            put=inbox.put,
            every_s=settings.passes.every_s,
        )
        running.callback(showing.stop)
        showing.start()
        loop = DoorLoop(
            Door(
                rule=settings.visit_rule,
                gate=Gate(
                    locked_down=state.locked_down,
                    evacuating=state.evacuating,
                    longest=settings.lock.longest_hold_s,
                ),
            ),
            Surroundings(
                inbox=inbox,
                clock=clock,
                capture=capture,
                eyes=eyes,
                presence=parts.presence,
                lock=parts.lock,
                indicator=parts.indicator,
                state=state,
                speaker=speaker,
                sender=sender,
                enroller=enroller,
                showing=showing,
                hearing=Hearing(
                    reader,
                    speaker,
                    sender,
                    enroller,
                    snapshots,
                    away=away,
                    forgetting=Forgetting(state.spool, sender, enroller, (away.forget,)),
                    showing=showing,
                ),
                trace=parts.trace,
                wall_clock=parts.wall_clock,
                latest=latest,
                away=away,
                bursts=Bursts(
                    eyes=eyes,
                    speaker=speaker,
                    away=away,
                    lock=parts.lock,
                    trace=parts.trace,
                    put=inbox.put,
                ),
                health=HealthTelling(
                    speaker,
                    health_sources(settings, parts, stamp.epoch, spool, away),
                    clock.monotonic(),
                    parts.wall,
                ),
                shadow=settings.shadow,
                zone=ZoneInfo(settings.timezone) if settings.office.windows else None,
            ),
        )
        running.callback(capture.stop)
        capture.start()
        running.callback(bus.stop)
        bus.start(inbox.put)
        # Whatever takes its time to stop, the bolt does not wait for it.
        running.callback(parts.lock.close)
        _log.info("door_runs", door=settings.door, epoch=stamp.epoch)
        if settings.shadow:
            _log.warning("shadow_mode", means="the lock is not moved", do="set `shadow: false`")
        if settings.liveness.wanted is not Wanted.OFF and parts.no_networks is not None:
            _log.warning("no_texture_networks", why=parts.no_networks, do=FETCH)
        loop.run(stopping)
    _log.info("door_stopped", door=settings.door)


def health_sources(
    settings: EdgeSettings, parts: Parts, epoch: int, spool: Spool, away: OnItsOwn
) -> Sources:
    """Where what this door tells of itself comes from."""
    missing = settings.liveness.wanted is not Wanted.OFF and parts.no_networks is not None
    return Sources(
        epoch=epoch,
        spool=spool,
        wall_clock=parts.wall_clock,
        certificate=settings.broker.cert,
        temperature=parts.thermometer,
        shadow=settings.shadow,
        networks_missing=missing,
        away=lambda: away.standing,
    )


def on_its_own(
    settings: EdgeSettings,
    parts: Parts,
    *,
    state: StateDir,
    speaker: Speaker,
    latest: LatestTime,
    put: Callable[[FoundHere], None],
) -> OnItsOwn:
    """What the door has for the time when the brain is away, started.

    Raises:
        StateError: the state folder cannot be used.
        ModelError: a model is missing.
    """
    policy, here = AwayPolicy(settings.away), parts.here
    encoder = here.encoder if here is not None and policy is AwayPolicy.FACES else None
    cache = ResidentCache(
        state.folder,
        settings.door,
        PictureSeal(parts.door_key),
        parts.brain_key,
        encoder,
        beat=parts.lock.beat,
    )
    if policy is AwayPolicy.CLOSED:
        cache.erase()
    else:
        cache.start(parts.clock.monotonic())
    matching = None
    if policy is not AwayPolicy.CLOSED:
        sight = here.sight if here is not None and encoder is not None else None
        matching = LocalMatching(sight, put)
        matching.start()
    return OnItsOwn(
        policy,
        cache,
        CacheAsking(cache, speaker, encoder),
        matching,
        wall_clock=parts.wall_clock,
        latest=latest,
    )


def _start_looking(running: ExitStack, parts: Parts) -> None:
    """Start whatever sees somebody; `running` stops it."""
    running.callback(parts.trace.stop)
    parts.trace.start()
    parts.tracker.start()
    if parts.landmarks is not None:
        parts.landmarks.start()
    if parts.surface is not None:
        parts.surface.start()
    if parts.finder is not None:
        parts.finder.start()
    running.callback(parts.presence.stop)
    parts.presence.start()
