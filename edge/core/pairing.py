"""May these parts stand at one door? A real lock wants real eyes and a real policy."""

from __future__ import annotations

DEMO_POLICY = "demo"
"""The liveness policy that lets an animated portrait pass."""


def refuse_unsafe(
    *, camera_simulated: bool, lock_simulated: bool, liveness_policy: str
) -> str | None:
    """Why an edge must not start with this combination; None where it may.

    Args:
        camera_simulated: the pictures come from a file or an animated portrait.
        lock_simulated: no hardware moves.
        liveness_policy: name of the policy that decides who is alive.
    """
    if lock_simulated:
        return None
    reasons = []
    if camera_simulated:
        reasons.append(
            "a simulated camera would open a real lock for whoever is in a file: "
            "set camera.kind to a device, or lock.kind to simulated"
        )
    if liveness_policy == DEMO_POLICY:
        reasons.append(
            "the liveness policy 'demo' lets an animated picture open a real lock: "
            "set another liveness.policy, or lock.kind to simulated"
        )
    return "; ".join(reasons) or None
