"""Where does a visit stand, and what does the door remember beside it?"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from doorbus.messages import EventKind, SecondFactor
from edge.core.attempts import Attempts, PauseRule
from edge.core.away import AwayPolicy
from edge.core.challenge import Task
from edge.core.codes import CodeRule, Codes
from edge.core.contact import Contact, ContactRule
from edge.core.gate import Gate, Mode, mode
from edge.core.office import Office, OfficeRule
from edge.core.policies import Challenging
from edge.core.prompts import Prompt
from edge.core.standing import Told
from edge.core.visit_events import CameraState


@dataclass(frozen=True, slots=True)
class VisitRule:
    """The figures of a visit; seconds where nothing else is said.

    Attributes:
        no_face_s: without a face, until the visit ends.
        no_life_s: with a face, until the visit ends for want of life.
        longest_s: no visit watches longer, however often the face comes and goes.
        challenge: when a task is set: never, at once, or after `challenge_after_s` without life.
        challenge_after_s: with a face, until a task is set as the other way to show life.
        challenge_s: for one turn, from when it was asked for; a little over `ChallengeRule`'s.
        gather_s: after life was seen, how long to wait for a full burst.
        answer_s: until a burst without a verdict counts as refused.
        match_s: for the door's own matching while the brain is away.
        refusal_s: how long a refusal is shown.
        absence_s: with nobody noticed, until the door sleeps.
        hold_s: how long the lock is held where the order does not say.
        burst: frames of a full burst.
        least_burst: frames without which none is sent.
        dark: mean grey level of a face or, without one, of the picture, under which it is too dark.
        min_face_px: width of a face under which the person is asked to come closer; under 64 a
            screen's pattern cannot be seen, so that nobody would be believed anyway.
        enrolment_idle_s: without a new frame, until an enrolment is given up.
        pause: when the door pauses.
        away: what the door decides by itself while broker or brain are away.
        codes: what is asked beside a face, and what opens without one.
        contact: when the leaf counts as forced or held open.
        office: when the door stands open by itself.
    """

    no_face_s: float = 8.0
    no_life_s: float = 12.0
    longest_s: float = 40.0
    challenge: Challenging = Challenging.OFF
    challenge_after_s: float = 5.0
    challenge_s: float = 8.0
    gather_s: float = 1.0
    answer_s: float = 3.0
    match_s: float = 5.0
    refusal_s: float = 3.0
    absence_s: float = 5.0
    hold_s: float = 5.0
    burst: int = 20
    least_burst: int = 8
    dark: float = 25.0
    min_face_px: float = 80.0
    enrolment_idle_s: float = 600.0
    pause: PauseRule = field(default_factory=PauseRule)
    away: AwayPolicy = AwayPolicy.CLOSED
    codes: CodeRule = field(default_factory=CodeRule)
    contact: ContactRule = field(default_factory=ContactRule)
    office: OfficeRule = field(default_factory=OfficeRule)


@dataclass(frozen=True, slots=True)
class Asleep:
    """Nobody there, or nothing to see with."""


@dataclass(frozen=True, slots=True)
class Watching:
    """A visit: looking for one living face.

    Attributes:
        visit: its number.
        since: when it began.
        no_face_since: since when there is no face; None while there is one.
        face_since: since when there is a face; None while there is none.
        had_face: whether there was one at any time.
        track: the track last seen.
        several: whether the last look showed more than one face.
        alive_since: since when the track has shown enough life; None before.
        tasks: the turns asked for so far, in order; the same for the whole visit, so that nobody
            gets easier ones by breaking their track.
        turns: how many are asked for in all.
        done: how many the track has done.
        task_track: the track that was asked.
        task_since: since when the current one is asked.
        light: grey level of the last picture.
        told: events that this visit has emitted once and will not again.
    """

    visit: int
    since: float
    no_face_since: float | None
    face_since: float | None = None
    had_face: bool = False
    track: int | None = None
    several: bool = False
    alive_since: float | None = None
    tasks: tuple[Task, ...] = ()
    turns: int = 0
    done: int = 0
    task_track: int | None = None
    task_since: float | None = None
    light: float = 255.0
    told: frozenset[EventKind] = frozenset()

    @property
    def task(self) -> Task | None:
        """What is asked of the person now, or was last; None before."""
        return self.tasks[min(self.done, len(self.tasks) - 1)] if self.tasks else None

    @property
    def turned(self) -> bool:
        """Whether all that was asked for has been done."""
        return bool(self.tasks) and self.done >= self.turns


@dataclass(frozen=True, slots=True)
class Waiting:
    """The burst is out; only a verdict for this visit and nonce counts, and only before `until`.

    Attributes:
        visit: its number.
        nonce: its random mark.
        until: end of the wait.
        track: whose face it is.
        here: the door matches by itself, and no verdict counts any more.
        code: it is about a code without a face.
        second: the code, or the card or PIN that was shown beside the face.
        kept: the frames were chosen when life was seen, before the card or PIN was asked for.
        unasked: the door matches without having asked, on an unsigned word that the brain is away.
    """

    visit: int
    nonce: str
    until: float
    track: int | None
    here: bool = False
    code: bool = False
    second: SecondFactor | None = None
    kept: bool = False
    unasked: bool = False


@dataclass(frozen=True, slots=True)
class AskingCode:
    """Life was seen, and its burst is chosen; a card or PIN is asked for.

    Attributes:
        visit: its number.
        nonce: its random mark.
        until: end of the wait.
        track: whose face it is.
        seen_at: when that face was last seen.
    """

    visit: int
    nonce: str
    until: float
    track: int | None
    seen_at: float


@dataclass(frozen=True, slots=True)
class Open:
    """The lock is held; `track` is the one that was let in, None after a remote unlock."""

    track: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal is shown until `until`."""

    until: float
    track: int | None


@dataclass(frozen=True, slots=True)
class Lingering:
    """A visit is over and somebody is still there.

    A new visit begins with a track other than `track`, which was dealt with; where `again` is true
    also with that one, once it shows fresh signs of life. After a grant `again` is false: who was
    let in and stays in view does not open the door over and over. So it is after an enrolment: who
    was just captured is not refused for not being trained yet.

    A door that sets tasks begins again with the same track after `no_life_s`, too: without being
    asked nobody can show what such a door wants to see.

    Attributes:
        track: whose visit is over.
        again: whether that track may begin another one.
        since: since when.
    """

    track: int | None
    again: bool
    since: float = math.inf


@dataclass(frozen=True, slots=True)
class Paused:
    """Too many refusals; ends with `Attempts.paused_until`."""


@dataclass(frozen=True, slots=True)
class Enrolling:
    """Frames go to an enrolment, not to recognition.

    Attributes:
        enrolment: its id.
        progress_at: when the last frame was taken.
        track: whose face was last seen.
        told: what was told last of what it waits for; None since the last frame.
        told_at: when.
    """

    enrolment: str
    progress_at: float
    track: int | None = None
    told: Prompt | None = None
    told_at: float = -math.inf


Phase = Asleep | Watching | AskingCode | Waiting | Open | Refused | Lingering | Paused | Enrolling


@dataclass(frozen=True, slots=True)
class Door:
    """Everything the door's decisions rest on. Times are monotonic seconds of the edge.

    Attributes:
        rule: the figures.
        phase: where the visit stands.
        gate: what bears on the lock.
        told_lock: what the lock was last told.
        locked: what the actuator last reported; None before the first report.
        contact: the leaf of the door.
        tampered: the housing is open; None before it was first looked at.
        office: where office mode stands.
        attempts: refusals of faces, and pauses.
        codes: cards, PINs and passes, and their own refusals and pauses.
        visits: number of the last visit in this epoch.
        last_asked: visit and nonce of the last burst, to tell a late or repeated verdict from a
            foreign one.
        late: the track whose task was not done in time last.
        noticed_at: when somebody was last noticed, by presence or by face.
        enrolment: the enrolment that wants frames, also while a visit must end first.
        camera: how the camera is.
        bus: whether the broker is there.
        brain: False from when the brain's farewell or last will came until it is there again.
        prompt: what the visit calls for.
        shown: what is shown; a fire, for one, says something else.
    """

    rule: VisitRule = field(default_factory=VisitRule)
    phase: Phase = field(default_factory=Asleep)
    gate: Gate = field(default_factory=Gate)
    told_lock: Told = field(default_factory=Told)
    locked: bool | None = None
    contact: Contact = field(default_factory=Contact)
    tampered: bool | None = None
    office: Office = field(default_factory=Office)
    attempts: Attempts = field(default_factory=Attempts)
    codes: Codes = field(default_factory=Codes)
    visits: int = 0
    last_asked: tuple[int, str] | None = None
    late: int | None = None
    noticed_at: float = -math.inf
    enrolment: str | None = None
    camera: CameraState = CameraState.GOOD
    bus: bool = False
    brain: bool = True
    prompt: Prompt = Prompt.IDLE
    shown: Prompt = Prompt.IDLE

    @property
    def awake(self) -> bool:
        """Whether every frame is looked at."""
        return not isinstance(self.phase, Asleep | Paused)

    @property
    def reads_passes(self) -> bool:
        """Whether a pass held up to the camera is looked for."""
        return not isinstance(self.phase, Asleep | Waiting | Enrolling | Open)

    def mode(self, now: float) -> Mode:
        """What the door is doing as a whole at `now`, monotonic seconds."""
        return mode(self.gate, now)
