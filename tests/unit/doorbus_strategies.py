"""Hypothesis strategies for every payload of the contract."""

from __future__ import annotations

from typing import Any

from doorbus_access_strategies import ACCESS_REQUESTS
from doorbus_report_strategies import (
    BRAIN_REPORTS,
    CACHE_ASKED,
    CACHE_PARTS,
    HEALTH,
    NAMED_VISITS,
)
from hypothesis import strategies as st

from doorbus import messages as m
from doorbus import topics
from doorbus.topics import Topic

IDS = st.from_regex(r"[a-zA-Z0-9_./-]{1,80}", fullmatch=True)
DOORS = st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True)
CARDS = st.from_regex(r"[0-9]{12}", fullmatch=True)
NONCES = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)
TRANSACTIONS = st.from_regex(r"[\x21-\x7e]{1,64}", fullmatch=True)
_CHARACTERS = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))
TEXTS = st.text(_CHARACTERS, max_size=200)
NAMES = st.text(_CHARACTERS, min_size=1, max_size=100).filter(
    lambda name: name == name.strip() != ""
)
COUNTERS = st.integers(0, 2**53)
PASSES = st.from_regex(r"p-[0-9a-f]{16}", fullmatch=True)
PINS = st.from_regex(r"[0-9]{4,11}", fullmatch=True)
_MOMENTS = st.sampled_from(["2026-01-06", "2026-01-06T08:00"])
_SECONDS = st.builds(m.SecondFactor, kind=st.just(m.CodeKind.PIN), value=PINS) | st.builds(
    m.SecondFactor, kind=st.just(m.CodeKind.CARD), value=CARDS
)
PICTURES = st.binary(min_size=0, max_size=200)


def _floats(least: float, most: float) -> st.SearchStrategy[float]:
    return st.floats(least, most, allow_nan=False)


_POINTS = st.tuples(*[st.tuples(_floats(-4096, 4096), _floats(-4096, 4096))] * 5)
_AT = st.integers(-600_000, 600_000)
_COUNT = st.integers(1, m.MAX_ENROLMENT)
_INDEX = st.integers(0, m.MAX_ENROLMENT - 1)

_CROPS = st.builds(m.Crop, jpeg=PICTURES, points=st.none() | _POINTS, at_ms=st.integers(0, 600_000))
_BLINKS = st.builds(m.BlinkSeen, start_ms=_AT, closed_ms=_AT, end_ms=_AT, depth=_floats(0, 1))
_EVIDENCE = st.builds(
    m.EvidenceSeen,
    sign=st.sampled_from(m.LifeSign),
    finding=st.sampled_from(m.LifeFinding),
    score=_floats(0, 1),
    start_ms=_AT,
    end_ms=_AT,
)
_TASKS = st.builds(
    m.TaskSet, task=st.sampled_from(m.TaskName), asked_ms=_AT, answered=st.booleans()
)
LIVENESS = st.builds(
    m.Liveness,
    policy=st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True),
    blinks=st.lists(_BLINKS, max_size=4).map(tuple),
    evidence=st.lists(_EVIDENCE, max_size=6).map(tuple),
    task=st.none() | _TASKS,
    fps=_floats(0, 1000),
    models=st.dictionaries(
        st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True),
        st.from_regex(r"[A-Za-z0-9._-]{1,64}( [0-9a-f]{1,64})?", fullmatch=True),
        max_size=4,
    ),
)
_VERDICTS = st.builds(
    m.Verdict,
    visit=COUNTERS,
    nonce=NONCES,
    decision=st.sampled_from(m.Decision),
    reason=st.sampled_from(m.Reason),
    hold_s=_floats(0, 60),
)
_ORDERS = st.builds(
    m.Order,
    order=IDS,
    challenge=NONCES,
    action=st.sampled_from(m.OrderAction),
    hold_s=_floats(0, 60),
)
_COMMANDS = st.one_of(
    st.builds(m.AskChallenge, number=COUNTERS, order=IDS),
    st.builds(
        m.StartEnrolment,
        number=COUNTERS,
        enrolment=IDS,
        count=_COUNT,
        missing=st.lists(_INDEX, max_size=30).map(tuple),
    ),
    st.builds(m.StopEnrolment, number=COUNTERS, enrolment=IDS),
    st.builds(m.RevokedPasses, number=COUNTERS, revoked=st.lists(PASSES, max_size=9).map(tuple)),
    st.builds(m.TakeSnapshot, number=COUNTERS, command=IDS),
    st.builds(
        m.Forget,
        number=COUNTERS,
        resident=IDS,
        enrolments=st.lists(IDS, max_size=30).map(tuple),
    ),
    st.builds(m.CacheNews, number=COUNTERS),
)
_EVENT_PAGES = st.from_regex(
    r"[0-9]{1,10}\.[0-9]{1,6}/[a-z0-9-]{1,32}/[0-9]{1,9}-[0-9]{1,9}", fullmatch=True
)
_REQUESTS = st.one_of(
    ACCESS_REQUESTS,
    st.builds(m.Add, op=st.just("add"), transaction=TRANSACTIONS, name=NAMES, card=CARDS),
    st.builds(
        m.Rename,
        op=st.just("rename"),
        transaction=TRANSACTIONS,
        card=CARDS,
        name=NAMES,
        new_card=st.none() | CARDS,
    ),
    st.builds(
        m.Enroll,
        op=st.just("enroll"),
        transaction=TRANSACTIONS,
        card=CARDS,
        source=st.just("upload"),
        count=st.integers(1, m.MAX_PHOTOS),
        consent=TEXTS,
    ),
    *(
        st.builds(model, op=st.just(op), transaction=st.none() | TRANSACTIONS, **more)
        for op, model, more in (
            ("export", m.ExportResident, {"card": CARDS}),
            ("erasures", m.ListErasures, {}),
            (
                "events",
                m.ReadEvents,
                {
                    "door": DOORS,
                    "kinds": st.lists(st.sampled_from(m.EventKind), max_size=5).map(tuple),
                    "visit": st.none() | COUNTERS,
                    "before": st.none() | _EVENT_PAGES,
                    "limit": st.integers(1, m.MOST_EVENTS),
                },
            ),
            ("figures", m.ReadFigures, {"since": _floats(0, 1e9), "until": _floats(2e9, 3e9)}),
        )
    ),
    st.builds(
        m.Enroll,
        op=st.just("enroll"),
        transaction=TRANSACTIONS,
        card=CARDS,
        door=DOORS,
        name=st.none() | NAMES,
        count=st.none() | _COUNT,
    ),
    st.builds(
        m.ListResidents,
        op=st.just("list"),
        transaction=st.none() | TRANSACTIONS,
        offset=st.integers(0, 10**9),
        limit=st.integers(1, 1000),
        card=st.none() | st.from_regex(r"[0-9]{1,12}", fullmatch=True),
        enabled=st.none() | st.booleans(),
        enrolled=st.none() | st.booleans(),
    ),
    st.builds(m.Show, op=st.just("show"), transaction=st.none() | TRANSACTIONS, card=CARDS),
    *(
        st.builds(model, op=st.just(op), transaction=TRANSACTIONS, card=CARDS)
        for op, model in (
            ("cancel", m.Cancel),
            ("disable", m.Disable),
            ("enable", m.Enable),
            ("remove", m.Remove),
        )
    ),
    st.builds(
        m.Unlock,
        op=st.just("unlock"),
        transaction=TRANSACTIONS,
        door=DOORS,
        reason=TEXTS,
        hold_s=st.none() | _floats(0.001, 60),
    ),
    *(
        st.builds(model, op=st.just(op), transaction=TRANSACTIONS, reason=TEXTS, **where)
        for op, model in (
            ("lockdown", m.Lockdown),
            ("evacuate", m.Evacuate),
            ("release", m.Release),
        )
        for where in ({"door": DOORS}, {"doors": DOORS | st.just(m.ALL_DOORS)})
    ),
    st.builds(m.TakeDoorSnapshot, op=st.just("snapshot"), transaction=TRANSACTIONS, door=DOORS),
    st.builds(m.SetPin, op=st.just("pin"), transaction=TRANSACTIONS, card=CARDS, pin=PINS),
    st.builds(m.UnsetPin, op=st.just("unpin"), transaction=TRANSACTIONS, card=CARDS),
    st.builds(
        m.IssuePass,
        op=st.just("pass"),
        transaction=TRANSACTIONS,
        name=NAMES,
        door=DOORS,
        uses=st.integers(1, m.MOST_PASS_USES),
        **{"from": st.none() | _MOMENTS, "until": _MOMENTS},
    ),
    st.builds(
        m.ListPasses,
        op=st.just("passes"),
        transaction=st.none() | TRANSACTIONS,
        **{"pass": st.none() | PASSES},
    ),
    # `pass` is a word of Python's, which pydantic's signature cannot have.
    st.fixed_dictionaries(
        {"op": st.just("unpass"), "transaction": TRANSACTIONS, "pass": PASSES}
    ).map(m.RevokePass.model_validate),
)
_RESPONSES = st.one_of(
    st.builds(
        m.OkResponse,
        transaction=st.none() | TRANSACTIONS,
        data=st.dictionaries(
            TEXTS, st.none() | st.booleans() | COUNTERS | TEXTS | st.lists(TEXTS, max_size=3)
        ),
    ),
    st.builds(
        m.ErrorResponse,
        transaction=st.none() | TRANSACTIONS,
        code=st.sampled_from(m.ErrorCode),
        error=TEXTS,
    ),
)
_EVENTS = st.builds(
    m.DoorEvent,
    id=IDS,
    kind=st.sampled_from(m.EventKind),
    at=_floats(0, 1e12),
    visit=st.none() | COUNTERS,
    detail=TEXTS,
    prompt=st.none() | st.sampled_from(m.DoorPrompt),
)
_BRAIN_EVENTS = st.one_of(
    st.builds(
        m.EnrolmentChanged,
        enrolment=IDS,
        resident=IDS,
        door=DOORS,
        state=st.sampled_from(m.EnrolmentState),
        stored=COUNTERS,
        count=_COUNT,
        templates=COUNTERS,
        reason=TEXTS,
        usable=st.none() | COUNTERS,
        hint=st.none() | st.sampled_from(m.EnrolmentHint),
    ),
    st.builds(
        m.VisitDecided,
        door=DOORS,
        visit=COUNTERS,
        decision=st.sampled_from(m.Decision),
        reason=st.sampled_from(m.Reason),
        resident=st.none() | IDS,
    ),
    st.builds(
        m.PhotoLooked,
        enrolment=IDS,
        index=st.none() | COUNTERS,
        usable=st.booleans(),
        code=st.none() | st.sampled_from(m.PhotoRefusal),
    ),
    st.builds(m.GalleryChanged, version=COUNTERS, residents=COUNTERS, templates=COUNTERS),
    st.builds(
        m.Alarm,
        what=st.sampled_from(m.AlarmKind),
        at=_floats(0, 1e12),
        door=st.none() | DOORS,
        resident=st.none() | IDS,
    ),
    st.builds(m.MessageRefused, topic=TEXTS, reason=TEXTS, count=st.integers(1, 10**9)),
    BRAIN_REPORTS,
)

PAYLOADS: dict[Topic[Any], st.SearchStrategy[Any]] = {
    topics.ENROL_FRAME: st.builds(
        m.EnrolFrame, jpeg=PICTURES, enrolment=IDS, index=_INDEX, count=_COUNT
    ),
    topics.RECOGNIZE: st.builds(
        m.Burst,
        visit=COUNTERS,
        nonce=NONCES,
        liveness=LIVENESS,
        second=st.none() | _SECONDS,
        crops=st.lists(_CROPS, min_size=1, max_size=5).map(tuple),
    ),
    topics.CODE_SHOWN: st.builds(
        m.CodeShown, visit=COUNTERS, nonce=NONCES, kind=st.just(m.CodeKind.PIN), value=PINS
    ),
    topics.VERDICT: _VERDICTS | _ORDERS,
    topics.COMMAND: _COMMANDS,
    topics.ACK: st.builds(
        m.Ack,
        items=st.lists(
            st.builds(m.AckItem, id=IDS, outcome=st.sampled_from(m.Outcome), reason=TEXTS),
            min_size=1,
            max_size=8,
        ).map(tuple),
    ),
    topics.DOOR_AVAILABILITY: st.sampled_from(m.Availability),
    topics.LOCK_STATE: st.sampled_from(m.LockReport),
    topics.CONTACT: st.sampled_from(m.ContactReport),
    topics.DOOR_EVENT: _EVENTS,
    topics.CHALLENGE: st.builds(m.Challenge, order=IDS, challenge=NONCES),
    topics.SNAPSHOT: st.builds(m.Snapshot, jpeg=PICTURES, command=IDS),
    topics.REQUEST: _REQUESTS,
    topics.RESPONSE: _RESPONSES,
    topics.UPLOAD: st.builds(m.UploadFrame, jpeg=PICTURES, enrolment=IDS, token=NONCES),
    topics.BRAIN_AVAILABILITY: st.sampled_from(m.Availability),
    topics.BRAIN_HEALTH: st.builds(
        m.BrainHealth,
        version=TEXTS,
        encoder=TEXTS,
        gallery=COUNTERS,
        residents=COUNTERS,
        templates=COUNTERS,
        doors=COUNTERS,
        waiting=COUNTERS,
        audit=st.none()
        | st.builds(
            m.AuditHead, entries=COUNTERS, head=st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
        ),
    ),
    topics.BRAIN_EVENT: _BRAIN_EVENTS,
    topics.DOOR_HEALTH: HEALTH,
    topics.CACHE_ASKED: CACHE_ASKED,
    topics.CACHE: CACHE_PARTS,
    topics.ADMIN_EVENTS: NAMED_VISITS,
}


@st.composite
def messages(draw: st.DrawFn, signed: bool = False) -> tuple[Topic[Any], Any]:
    """A topic and a payload of it; with `signed`, of a topic that carries signatures."""
    topic = draw(st.sampled_from([one for one in topics.ALL if one.signed or not signed]))
    return topic, draw(PAYLOADS[topic])
