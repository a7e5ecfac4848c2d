"""What is a door made of? Everything that was chosen for it, not started."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorbus.bus import Bus, Subscription, Wire
from doorbus.signing import Verifier
from edge.code_ports import CodeReader, PassReader
from edge.core.senses import Sense
from edge.ports import (
    Camera,
    Clock,
    FaceTracker,
    Indicator,
    Landmarks,
    Lock,
    Presence,
    SurfaceReader,
)
from edge.senses import SenseWire
from edge.snapshots import FaceFinder
from edge.trace import Trace
from edge.wall_clock import WallClock
from matching.sight import Sight

MakeBus = Callable[[tuple[Subscription, ...], Wire | None, Wire | None], Bus]
"""Makes a bus, not started, from subscriptions, birth message and last will."""


@dataclass(frozen=True, slots=True)
class Here:
    """What a door matches faces with by itself.

    Attributes:
        sight: what looks; not started.
        encoder: whose vectors it makes.
    """

    sight: Sight
    encoder: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What was chosen for this door; nothing of it started.

    Attributes:
        camera: where pictures come from.
        tracker: what follows a face.
        presence: what wakes the door.
        lock: what is opened.
        indicator: where prompts go.
        clock: the edge's own time.
        wall_clock: date and time.
        make_bus: the way to the broker.
        door_key: the door's private key.
        brain_key: the brain's public key; both of them while it is being rotated.
        models: names of the models that look, for the brain's records.
        surface: what looks closely at faces; None where nothing does.
        no_networks: why it does so without texture networks; None where it has them.
        lossless: whether every frame of a recording is waited for.
        landmarks: looks again at the faces that are sent; None where the tracker's points will do.
        here: what matches faces while the brain is away; None where nothing does.
        trace: where to write down what is seen.
        reader: where cards and PINs come from; None for nowhere.
        pass_reader: what looks for visitors' passes; None for nothing.
        wires: what the door feels.
        thermometer: how warm the board is, degrees Celsius; None where nobody knows.
        finder: finds faces, where they are hidden in pictures on command; None where they are not.
        wall: seconds since 1970, as far as this machine knows: what events are dated by.
    """

    camera: Camera
    tracker: FaceTracker
    presence: Presence
    lock: Lock
    indicator: Indicator
    clock: Clock
    wall_clock: WallClock
    make_bus: MakeBus
    door_key: Ed25519PrivateKey
    brain_key: Verifier
    models: Mapping[str, str] = field(default_factory=dict)
    surface: SurfaceReader | None = None
    no_networks: str | None = None
    lossless: bool = False
    landmarks: Landmarks | None = None
    here: Here | None = None
    trace: Trace = field(default_factory=lambda: Trace(None))
    reader: CodeReader | None = None
    pass_reader: PassReader | None = None
    wires: Mapping[Sense, SenseWire] = field(default_factory=dict)
    finder: FaceFinder | None = None
    thermometer: Callable[[], float | None] = lambda: None
    wall: Callable[[], float] = time.time
