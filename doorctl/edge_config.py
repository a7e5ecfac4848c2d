"""What stands in the `edge.yaml` that a new door's bundle carries?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from string import Template

from doorctl.site import Description

_TEXT = Template("""\
# The door $door. Written by `doorctl door add`; yours to edit. Relative paths start at this
# file's folder. `python -m edge check` tries everything that stands here and says what is wrong.
door: $door

# The broker's listener for doors, and the certificate that names this door to it.
broker:
  host: $host
  port: $port
  ca: ca.crt
  cert: client.crt
  key: client.key
  prefix: $prefix

# What this door signs with, and what it knows the brain's signature by.
keys:
  door: door.key
  brain: brain.pub

# What must survive a power cut: boot epoch, frames and events that the brain has not confirmed.
state_dir: state

# kind device: a camera of this board, by number; rtsp: a network camera's address; file: a clip;
# or scene: a made-up one, see edge/adapters/scene_file.py. A real lock refuses these two.
camera:
  kind: $camera_kind
  source: $camera_source

# What wakes the door. motion: the camera picture changes. always: nothing has to. gpio: a sensor on
# this board, which needs a pin (BCM number) and a factory as the lock does.
presence:
  kind: $presence_kind

# kind simulated: no lock at all, every movement is only written down. gpio: a relay on this board,
# which needs a pin (BCM number) and a factory (rpigpio: Pi 1 to 4, lgpio: Pi 5); docs/wiring.md.
lock:
  kind: $lock_kind
$lock_pin  hold_s: $hold_s

# The policy standard is for real doors; demo also believes animated pictures, and is refused beside
# a real lock. What may be set besides stands below as it holds where nothing is set;
# docs/liveness.md says what each is for. Here and further down, a suggestion counts once its "# "
# is taken away.
liveness:
  policy: $liveness_policy
#   texture: optional       # required: no start without its networks; off: they are not asked
#   challenge: "off"        # always: turns of the head in every visit; fallback: for who has not
#   challenge_after_s: 5    # been seen to blink for so long

# What the door decides by itself while broker or brain are away. closed: nothing. codes: visitors'
# passes and PINs. faces: its own residents' faces too, where brain.yaml allows it; docs/away.md.
# away: closed

# What people show beside a face, or without one; docs/passes.md. second and codes need a reader:
# passes: {kind: camera}             # visitors' passes, as QR codes before the camera
# reader: {kind: evdev, device: /dev/input/by-id/NAME}
# second: {kind: pin, wait_s: 15}    # or card; the brain's own `doors` must ask for it too
# codes: {alone: true}               # a PIN of 6 digits or more opens without a face
# clock: {kind: kernel}              # system: a machine whose clock has a battery

# What the door feels beside what it sees, the hours in which it stands open, and what tells people
# what to do. Each is left out where there is none. docs/wiring.md says how each is wired:
# contact: {kind: gpio, pin: 22, factory: rpigpio, held_open_s: 30}
# exit: {kind: gpio, pin: 23, factory: rpigpio}
# tamper: {kind: gpio, pin: 24, factory: rpigpio}
# fire: {kind: gpio, pin: 25, factory: rpigpio}
# timezone: Europe/Berlin
# office: {windows: [{days: [mon, tue, wed, thu, fri], start: "08:30", end: "17:00"}]}
# indicator: [{kind: log}, {kind: lamps, factory: rpigpio, green: 5, red: 6, white: 13}]

# From afar; docs/remote.md:
# snapshot: {mask: [[0.0, 0.0, 1.0, 0.4]], faces: blur}   # not on pictures on command
# shadow: true   # decide and tell, but never move the lock; for trying a new door out
""")


@dataclass(frozen=True, slots=True)
class DoorChoices:
    """What may differ between two new doors; everything else is edited in the file.

    `lock_pin` (BCM number) and `lock_factory` (`rpigpio` or `lgpio`) belong to a gpio lock.
    """

    camera_kind: str = "device"
    camera_source: str | int = 0
    presence_kind: str = "motion"
    lock_kind: str = "simulated"
    lock_pin: int | None = None
    lock_factory: str | None = None
    hold_s: float = 5
    liveness_policy: str = "standard"


STANDARD_CHOICES = DoorChoices()


def render_edge_config(door: str, site: Description, choices: DoorChoices) -> str:
    """The text of `edge.yaml` for a bundle that holds the files it names."""
    return _TEXT.substitute(
        door=_scalar(door),
        host=_scalar(site.broker.host),
        port=site.broker.doors_port,
        prefix=_scalar(site.prefix),
        camera_kind=choices.camera_kind,
        camera_source=_scalar(choices.camera_source),
        presence_kind=choices.presence_kind,
        lock_kind=choices.lock_kind,
        lock_pin=_lock_pin(choices),
        hold_s=_scalar(choices.hold_s),
        liveness_policy=choices.liveness_policy,
    )


def _lock_pin(choices: DoorChoices) -> str:
    if choices.lock_pin is None:
        return ""
    return f"  pin: {choices.lock_pin}\n  factory: {choices.lock_factory}\n"


def _scalar(value: str | float) -> str:
    # JSON is YAML, and quotes keep a door named "007" or "no" a string.
    return json.dumps(value)
