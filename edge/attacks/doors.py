"""Which configurations of a door are attacked?

One door, once as it is with the texture networks and once without them: a site may not have fetched
them, and then its figures are the others. A door that never asks them is attacked without alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edge.attacks.presentation import Stand
from edge.attacks.shared_looks import SharedSurface, SharedTracker, WithoutTexture
from edge.core.burst import BurstRule
from edge.core.challenge import Task
from edge.core.policies import POLICIES, Wanted, equipped
from edge.core.visit_state import VisitRule
from edge.errors import AttackError
from edge.eyes import Eyes
from edge.ports import FaceTracker, SurfaceReader

WITH = "with texture"
WITHOUT = "without texture"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the door is configured.

    Attributes:
        policy: name of its liveness policy.
        texture: what it asks of the networks.
        visit: times of a visit, and when a task is set.
        burst: how a burst is chosen.
    """

    policy: str = "standard"
    texture: Wanted = Wanted.OPTIONAL
    visit: VisitRule = field(default_factory=VisitRule)
    burst: BurstRule = field(default_factory=BurstRule)


@dataclass(frozen=True, slots=True)
class Doors:
    """What the attacks are played to.

    Attributes:
        tracker: started, and shared by all configurations.
        stands: the configurations.
        must_stop_made: names of those that no made attack may pass.
        remarks: what the reader of the figures must know of them.
    """

    tracker: FaceTracker
    stands: Sequence[Stand]
    must_stop_made: frozenset[str]
    remarks: Sequence[str] = ()


def prepared(
    wishes: Wishes,
    tracker: FaceTracker,
    reader: SurfaceReader,
    missing: str | None,
    draw: Callable[[Sequence[Task]], Task],
) -> Doors:
    """The configurations of one door.

    Args:
        wishes: how it is configured.
        tracker: started.
        reader: started; with the networks, unless they are missing.
        missing: why the networks are not there; None where they are.
        draw: draws a task, where one is set.

    Raises:
        AttackError: a policy that is none.
    """
    if wishes.policy not in POLICIES:
        raise AttackError(
            f"--policy {wishes.policy}: not a liveness policy; use {' or '.join(POLICIES)}"
        )
    seeing = SharedTracker(tracker)
    close = SharedSurface(reader)

    def stand(name: str, surface: SurfaceReader, texture: Wanted, *, networks: bool) -> Stand:
        policy = equipped(
            POLICIES[wishes.policy],
            close_looks=True,
            networks=networks,
            texture=texture,
            challenge=wishes.visit.challenge,
        )
        eyes = Eyes(seeing, policy, wishes.burst, {}, surface=surface, draw=draw)
        return Stand(name, eyes, wishes.visit)

    without = stand(WITHOUT, WithoutTexture(close), Wanted.OFF, networks=False)
    if wishes.texture is Wanted.OFF:
        remark = "only without texture networks: the configuration has texture off"
        return Doors(seeing, (without,), frozenset(), (remark,))
    if missing is not None:
        return Doors(
            seeing, (without,), frozenset(), (f"only without texture networks: {missing}",)
        )
    with_them = stand(WITH, close, wishes.texture, networks=True)
    return Doors(seeing, (with_them, without), frozenset({WITH}))
