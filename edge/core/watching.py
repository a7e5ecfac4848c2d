"""What does a visit make of one more look at the camera?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile

from doorbus.messages import EventKind
from edge.core.challenge import LEAST_TURNS, Answer, Task
from edge.core.evidence import EvidenceKind
from edge.core.policies import Challenging
from edge.core.prompts import Prompt
from edge.core.sighting import Face
from edge.core.visit_events import Seen
from edge.core.visit_state import VisitRule, Watching


@dataclass(frozen=True, slots=True)
class Refusal:
    """This is not a living person, or not one who does as asked.

    Attributes:
        kind: what to tell.
        detail: which sign or task; safe to publish.
        counts: whether it is one of the attempts that lead to a pause; being too slow is none, but
            from a track's second time on.
    """

    kind: EventKind
    detail: str
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Look:
    """What came of a look.

    Attributes:
        watching: the visit after it.
        prompt: what to show; None for what is shown already.
        tell: an event to emit now.
        restart: whether signs of life must be shown again from nothing.
        task: what to ask of the person now.
        refused: why the visit ends here; None where it does not.
        ready: whether a burst can go out.
    """

    watching: Watching
    prompt: Prompt | None = None
    tell: EventKind | None = None
    restart: bool = False
    task: Task | None = None
    refused: Refusal | None = None
    ready: bool = False


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The visit is over without a burst; `tell` is None where everything has been said."""

    tell: EventKind | None
    track: int | None


def against_life(kind: EvidenceKind) -> Refusal:
    """What a sign against a living person leads to."""
    return Refusal(EventKind.SPOOF, kind.value)


def look(watching: Watching, seen: Seen, rule: VisitRule, now: float) -> Look:
    """The visit after one sighting at `now`, monotonic seconds of the edge."""
    sighting = seen.sighting
    watching = replace(watching, track=sighting.track, light=seen.light)
    if sighting.face is None or sighting.track is None:
        since = now if watching.no_face_since is None else watching.no_face_since
        return Look(
            replace(
                watching, no_face_since=since, face_since=None, several=False, alive_since=None
            ),
            Prompt.TOO_DARK if seen.light < rule.dark else Prompt.LOOK_HERE,
        )
    since = now if watching.face_since is None else watching.face_since
    watching = replace(watching, no_face_since=None, face_since=since, had_face=True)
    if sighting.faces > 1:
        watching = replace(watching, several=True, alive_since=None)
        return _told_once(watching, Prompt.ONE_AT_A_TIME, EventKind.SEVERAL_FACES)
    if watching.several:
        # Whose blink was it? Life must be shown again by whoever is alone now.
        watching = replace(watching, several=False, alive_since=None)
        if watching.tasks:
            watching = replace(watching, done=0, task_track=sighting.track, task_since=now)
        return Look(watching, _asking(watching), restart=True, task=watching.task)
    if watching.tasks and watching.task_track != sighting.track:
        watching = replace(watching, done=0, task_track=sighting.track, task_since=now)
        watching = replace(watching, alive_since=None)
        return Look(watching, _asking(watching), task=watching.task)
    alive_since = now if watching.alive_since is None else watching.alive_since
    watching = replace(watching, alive_since=alive_since if seen.alive else None)
    return _look_at_one(watching, seen, sighting.face, rule, now)


def _refused(watching: Watching, seen: Seen) -> Refusal | None:
    task = watching.task
    if task is not None and seen.answer is Answer.WRONG:
        return Refusal(EventKind.NO_BLINK, task.value)
    if seen.against is not None:
        return against_life(seen.against)
    if task is not None and seen.answer is Answer.LATE:
        return Refusal(EventKind.NO_BLINK, task.value, counts=False)
    return None


def _look_at_one(watching: Watching, seen: Seen, face: Face, rule: VisitRule, now: float) -> Look:
    # First of all, also of whoever stands too far off: a break of the track would wash it away.
    refused = _refused(watching, seen)
    if refused is not None:
        return Look(watching, refused=refused)
    if face.brightness < rule.dark:
        return _told_once(watching, Prompt.TOO_DARK, EventKind.TOO_DARK)
    if face.box[2] < rule.min_face_px:
        return Look(watching, Prompt.COME_CLOSER)
    if watching.tasks and seen.answer is Answer.RIGHT and not watching.turned:
        watching = replace(watching, done=watching.done + 1, task_since=now)
        if not watching.turned:
            return _next(watching, seen)
    # Under `fallback` a blink is enough, but half a task is no blink.
    asked = rule.challenge is Challenging.ALWAYS or watching.done > 0
    if watching.alive_since is None or (asked and not watching.turned):
        return _ask(watching, seen, rule, now)
    waited = now - watching.alive_since >= rule.gather_s
    least = rule.least_burst if waited else rule.burst
    return Look(watching, ready=seen.frames >= least)


def _ask(watching: Watching, seen: Seen, rule: VisitRule, now: float) -> Look:
    """Ask for a sign of life: a blink, or a task where the door sets one."""
    since = now if watching.face_since is None else watching.face_since
    due = rule.challenge is Challenging.ALWAYS or (
        rule.challenge is Challenging.FALLBACK and now - since >= rule.challenge_after_s
    )
    if watching.tasks or not due:
        return Look(watching, _asking(watching))
    turns = LEAST_TURNS + (seen.task is seen.turn)
    watching = replace(watching, turns=turns, task_track=watching.track, task_since=now)
    return _next(watching, seen)


def _next(watching: Watching, seen: Seen) -> Look:
    """Ask for the next turn: the one drawn before the track broke, or one drawn now."""
    if watching.done == len(watching.tasks):
        watching = replace(watching, tasks=(*watching.tasks, seen.task))
    return Look(watching, _asking(watching), task=watching.task)


_TASKS = {
    Task.TURN_LEFT: (Prompt.TURN_LEFT, Prompt.TURN_LEFT_AGAIN),
    Task.TURN_RIGHT: (Prompt.TURN_RIGHT, Prompt.TURN_RIGHT_AGAIN),
}


def _asking(watching: Watching) -> Prompt:
    if watching.task is None or watching.turned:
        return Prompt.BLINK
    # The same prompt twice would be no news.
    before = watching.tasks[: watching.done][::-1]
    run = len(list(takewhile(lambda task: task is watching.task, before)))
    return _TASKS[watching.task][run % 2]


def _told_once(watching: Watching, prompt: Prompt, kind: EventKind) -> Look:
    tell = None if kind in watching.told else kind
    return Look(replace(watching, told=watching.told | {kind}), prompt, tell)


def timed_out(watching: Watching, rule: VisitRule, now: float, *, absent: bool) -> TimedOut | None:
    """Whether the visit's time is up at `now`, and what there is to say."""
    faceless = watching.no_face_since
    if absent or (faceless is not None and now - faceless >= rule.no_face_s):
        kind = EventKind.FACE_LOST if watching.had_face else EventKind.NO_FACE
        if not watching.had_face and watching.light < rule.dark:
            kind = EventKind.TOO_DARK
        return TimedOut(None if kind in watching.told else kind, None)
    face, task = watching.face_since, watching.task_since
    waited = face is not None and now - face >= rule.no_life_s
    answering = task is not None and now - task < rule.challenge_s
    if (waited and not answering) or now - watching.since >= rule.longest_s:
        return TimedOut(None if watching.several else EventKind.NO_BLINK, watching.track)
    return None
