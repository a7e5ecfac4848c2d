"""How soon does one brain know what another one changed?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from bench.system.brain_times import PEOPLE, train
from bench.system.door_client import DoorClient, NoAnswerError
from bench.throughput.load import Doors
from demo.observer import Observer
from demo.stage import Stage
from doorbus import messages as m
from doorctl.conversation import Conversation, new_transaction

PATIENCE_S = 20.0
Asked = Callable[[str], m.Disable | m.Enable | m.Remove]


def changes(
    stage: Stage, doors: Doors, here: DoorClient, there: DoorClient, pictures: Sequence[bytes]
) -> dict[str, float]:
    """Seconds from each change by one brain to the first verdict of the other that knows it.

    Args:
        stage: the site; the resident is enrolled.
        doors: what the resident shows.
        here: a door of the brain that changes.
        there: a door of the other.
        pictures: for enrolling the resident anew.
    """
    card = PEOPLE[0].card
    found = {}
    steps: tuple[tuple[str, Asked, m.Decision], ...] = (
        ("disabled", lambda t: m.Disable(op="disable", transaction=t, card=card), m.Decision.DENY),
        ("enabled", lambda t: m.Enable(op="enable", transaction=t, card=card), m.Decision.GRANT),
        ("removed", lambda t: m.Remove(op="remove", transaction=t, card=card), m.Decision.DENY),
    )
    for name, request, wanted in steps:
        with Conversation(stage.client("admin.alice")) as alice:
            alice.ask(request(new_transaction()))
        found[name] = _until(doors, there, wanted)
    observer = Observer()
    try:
        observer.watch(stage.client("admin.alice").broker, "admin.alice/share", "brain/event")
        train(stage, here, observer, PEOPLE[0], pictures)
    finally:
        observer.stop()
    found["enrolled"] = _until(doors, there, m.Decision.GRANT)
    return found


def _until(doors: Doors, client: DoorClient, wanted: m.Decision) -> float:
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_S:
        asked = time.monotonic()
        _, verdict = doors.visit(client)
        if verdict.decision is wanted:
            # What the brain knew when the burst came.
            return asked - began
    raise NoAnswerError(f"the other brain does not {wanted.value} within {PATIENCE_S:.0f} s")
