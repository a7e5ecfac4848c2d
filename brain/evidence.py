"""What is kept of what a door saw of life in a visit, and told of it later?"""

from __future__ import annotations

import json
from typing import Any

from doorbus.messages import Liveness


def kept(liveness: Liveness) -> str:
    """What goes beside the audit: policy, how many blinks, what each sign came to, the task."""
    task = liveness.task
    return json.dumps(
        {
            "policy": liveness.policy,
            "blinks": len(liveness.blinks),
            "signs": [
                {"sign": one.sign.value, "finding": one.finding.value, "score": one.score}
                for one in liveness.evidence
            ],
            "task": None if task is None else {"task": task.task.value, "answered": task.answered},
        },
        separators=(",", ":"),
    )


def told(text: str, *, scores: bool) -> dict[str, Any]:
    """What was kept, as an answer tells it.

    Args:
        text: what `kept` made.
        scores: whether whoever asks may know them.
    """
    content: dict[str, Any] = json.loads(text)
    if not scores:
        for one in content["signs"]:
            del one["score"]
    return content
