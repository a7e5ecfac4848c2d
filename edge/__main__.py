"""Which parts is this door made of? Reads the configuration, chooses adapters, runs or checks.

    python -m edge --config edge.yaml             be the door
    python -m edge check --config edge.yaml       try each part and say what is wrong
    python -m edge attacks --clips folder         play attacks to its sight (`--help` for more)

Ends with 0 when asked to stop, 1 when something broke or a check failed, 2 for a configuration that
cannot work.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from doorbus import logs
from doorbus.bus import Bus, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.errors import ConfigError, DoorwardError, KeyMaterialError
from doorbus.signing import load_key_ring, load_private_key
from edge import check, config, fittings, service
from edge.adapters.clock import SystemClock
from edge.adapters.face_finder import YuNetFinder
from edge.adapters.faces_iris import IrisFaceTracker
from edge.adapters.thermometer_sys import SysThermometer
from edge.check import Trial
from edge.config import EdgeSettings
from edge.core.pairing import refuse_unsafe
from edge.core.policies import Wanted
from edge.parts import Here, MakeBus, Parts
from edge.ports import FaceTracker, SurfaceReader, Texture
from edge.snapshots import FaceFinder
from edge.state_dir import StateDir
from edge.trace import Trace
from faces import models
from faces.detect import FaceDetector
from faces.errors import FacesError
from faces.landmarks import LandmarkRefiner
from matching.sight import Sight

MODELS = {"detector": "yunet"}
"""What every door looks with: roles, and names in the manifest of models."""

LIDS = {"dlib68": "landmarks68", "iris": "iris_landmark"}
"""What sees the lids, by `tracker.lids`; its role is called landmarks."""

TEXTURE = ("minifasnet_v2", "minifasnet_v1se")
"""The texture networks, by their names in the manifest."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, check or attack a door; returns the exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["attacks"]:
        return _attacks(given[1:])
    options = _parse(given)
    logs.configure(verbose=options.verbose, json=options.json)
    try:
        settings = config.read(options.config)
        if options.command == "check":
            return 0 if _check(settings, open_lock=options.open_lock) else 1
        _run(settings, options.trace)
    except (ConfigError, KeyMaterialError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (DoorwardError, FacesError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m edge", description="The edge of a Doorward door."
    )
    parser.add_argument("command", nargs="?", choices=("run", "check"), default="run")
    parser.add_argument("--config", type=Path, required=True, help="the door's edge.yaml")
    parser.add_argument("--open-lock", action="store_true", help="check: open it for a second too")
    parser.add_argument("--trace", type=Path, help="run: write what is seen to this file")
    parser.add_argument("--verbose", action="store_true", help="log more")
    parser.add_argument("--json", action="store_true", help="log for machines")
    return parser.parse_args(arguments)


def _run(settings: EdgeSettings, trace: Path | None) -> None:
    parts = parts_of(settings, trace)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    service.run(settings, parts, stopping)


def parts_of(settings: EdgeSettings, trace: Path | None = None) -> Parts:
    """Choose the adapters that the settings name; nothing of them is started.

    Raises `ConfigError`, `KeyMaterialError`, `faces.errors.ModelError`.
    """
    camera, lock = fittings.camera(settings), fittings.lock(settings)
    refusal = refuse_unsafe(
        camera_simulated=camera.simulated,
        lock_simulated=lock.simulated,
        liveness_policy=settings.liveness.policy,
    )
    if refusal is not None:
        raise ConfigError(refusal)
    surface, no_networks = _surface(settings)
    return Parts(
        camera=camera,
        tracker=_tracker(settings.tracker.lids),
        presence=fittings.presence(settings),
        lock=lock,
        indicator=fittings.indicators(settings),
        wires=fittings.wires(settings),
        clock=SystemClock(),
        wall_clock=fittings.wall_clock(settings),
        make_bus=_bus_maker(settings),
        door_key=load_private_key(settings.keys.door),
        brain_key=load_key_ring(settings.keys.brain),
        models={role: version(name) for role, name in _models(settings.tracker.lids).items()},
        surface=surface,
        no_networks=no_networks,
        lossless=getattr(settings.camera, "pace", "live") == "every",
        landmarks=LandmarkRefiner(models.path(MODELS["detector"])),
        here=_here(settings),
        trace=Trace(trace),
        reader=fittings.reader(settings),
        pass_reader=fittings.pass_reader(settings),
        thermometer=SysThermometer(),
        finder=_finder(settings),
    )


def _check(settings: EdgeSettings, *, open_lock: bool) -> bool:
    camera, lock = fittings.camera(settings), fittings.lock(settings)
    trials = (
        Trial("keys", lambda: _try_keys(settings), alone=False),
        Trial(
            "models", lambda: check.try_models(lambda: _tracker(settings.tracker.lids)), alone=False
        ),
        Trial("away", lambda: _try_away(settings), alone=False),
        Trial("liveness", lambda: check.try_liveness(settings, _surface), alone=False),
        Trial("camera", lambda: check.try_camera(camera)),
        Trial("presence", lambda: check.try_presence(fittings.presence(settings))),
        Trial(
            "lock",
            lambda: check.try_lock(lock, simulated=lock.simulated, open_it=open_lock),
        ),
        *(
            Trial(sense.value, partial(check.try_wire, wire.input, sense))
            for sense, wire in fittings.wires(settings).items()
        ),
        Trial(
            "office", lambda: check.try_office(settings, fittings.wall_clock(settings)), alone=False
        ),
        Trial("reader", lambda: check.try_reader(settings, fittings.reader(settings))),
        Trial(
            "passes", lambda: check.try_passes(settings, fittings.wall_clock(settings)), alone=False
        ),
        Trial("indicator", lambda: check.try_indicator(fittings.indicators(settings, strict=True))),
        Trial("broker", lambda: check.try_broker(_bus_maker(settings))),
    )
    return check.run(StateDir(settings.state_dir), trials, lambda line: print(line, flush=True))  # noqa: T201  # what the command is for


def _attacks(arguments: Sequence[str]) -> int:
    # A door at work has no use for what makes attacks.
    from edge.attacks import command, doors  # noqa: PLC0415

    options = command.parse(arguments)
    logs.configure(verbose=False, json=False)
    try:
        wishes, lids = doors.Wishes(), "dlib68"
        if options.config is not None:
            settings = config.read(options.config)
            lids = settings.tracker.lids
            wishes = doors.Wishes(
                policy=settings.liveness.policy,
                texture=settings.liveness.wanted,
                visit=settings.visit_rule,
                burst=settings.burst_rule,
            )
        if options.policy is not None:
            wishes = replace(wishes, policy=options.policy)
        tracker = _tracker(lids)
        tracker.start()
        reader, missing = _close_look()
        reader.start()
        # Tasks are drawn by a seed, so that a run can be repeated.
        draw = random.Random(options.seed).choice  # noqa: S311
        prepared = doors.prepared(wishes, tracker, reader, missing, draw)
        return command.run(options, prepared, lambda line: print(line, flush=True))  # noqa: T201  # what the command is for
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (DoorwardError, FacesError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _close_look() -> tuple[SurfaceReader, str | None]:
    """What looks at the pixels of faces, and why it lacks the texture networks, if it does."""
    from edge.adapters.surface_cv2 import Cv2SurfaceReader  # noqa: PLC0415  # only where it looks

    missing = next((why for name in TEXTURE if (why := models.problem(name))), None)
    return Cv2SurfaceReader(None if missing else _networks()), missing


def _surface(settings: EdgeSettings) -> tuple[SurfaceReader, str | None]:
    """What looks at the pixels of faces, as the door is configured, and why without networks.

    Raises:
        ModelError: texture is required, and a network is missing.
    """
    from edge.adapters.surface_cv2 import Cv2SurfaceReader  # noqa: PLC0415  # only where it looks

    match settings.liveness.wanted:
        case Wanted.OFF:
            return Cv2SurfaceReader(), "texture is off"
        case Wanted.OPTIONAL:
            return _close_look()
        case Wanted.REQUIRED:
            return Cv2SurfaceReader(_networks()), None


def _networks() -> Texture:
    """The texture networks. Raises `ModelError` where one is missing."""
    from edge.adapters.texture_onnx import MiniFasNets  # noqa: PLC0415  # loads onnxruntime

    files = {name: models.path(name) for name in TEXTURE}
    return MiniFasNets(files, {name: version(name) for name in TEXTURE})


def version(name: str) -> str:
    """What a model is called in the brain's records: its file, and the beginning of its hash."""
    asset = models.catalogue()[name]
    return f"{asset.file} {asset.sha256[:12]}"


def _try_away(settings: EdgeSettings) -> str:
    here = _here(settings)
    if here is None:
        return settings.away
    here.sight.start()
    return f"faces, matched by {here.encoder}"


def _here(settings: EdgeSettings) -> Here | None:
    """What matches faces while the brain is away. Raises `ModelError` where a model is missing."""
    if settings.away != "faces":
        return None
    # It loads onnxruntime, which a door without has no use for.
    from faces.encoding import known  # noqa: PLC0415

    models.path("sface_folded")
    yunet = models.path(MODELS["detector"])
    sight = Sight(FaceDetector(yunet), known.sface(), LandmarkRefiner(yunet))
    return Here(sight, known.sface_identity())


def _try_keys(settings: EdgeSettings) -> str:
    load_private_key(settings.keys.door)
    load_key_ring(settings.keys.brain)
    return f"{settings.keys.door.name}, {settings.keys.brain.name}"


def _finder(settings: EdgeSettings) -> FaceFinder | None:
    """What finds faces where pictures on command do not show them."""
    if settings.snapshot.faces == "show":
        return None
    return YuNetFinder(models.path(MODELS["detector"]))


def _models(lids: str) -> dict[str, str]:
    return {**MODELS, "landmarks": LIDS[lids]}


def _tracker(lids: str) -> FaceTracker:
    detector, landmarks = (models.path(name) for name in _models(lids).values())
    if lids == "iris":
        return IrisFaceTracker(detector, landmarks)
    # dlib takes a while to load, and `check` must be able to say why it does not.
    from edge.adapters.faces_dlib import DlibFaceTracker  # noqa: PLC0415

    return DlibFaceTracker(detector, landmarks)


def _bus_maker(settings: EdgeSettings) -> MakeBus:
    def make(subscriptions: tuple[Subscription, ...], birth: Wire | None, will: Wire | None) -> Bus:
        return MqttBus(
            settings.broker, settings.door, subscriptions=subscriptions, birth=birth, will=will
        )

    return make


if __name__ == "__main__":
    sys.exit(main())
