"""What doors and the brain tell whoever watches, and a door's cache, drawn at random."""

from __future__ import annotations

from doorbus_access_strategies import CARDS
from doorbus_access_strategies import NAMES as DOORS
from hypothesis import strategies as st

from doorbus import messages as m

_COUNTERS = st.integers(0, 2**53)
_IDS = st.from_regex(r"[a-zA-Z0-9_./-]{1,80}", fullmatch=True)
_WORDS = st.from_regex(r"[A-Za-z0-9.+_-]{1,40}", fullmatch=True)
_SHARES = st.floats(0, 1e6, allow_nan=False)

HEALTH = st.builds(
    m.DoorHealth,
    version=_WORDS,
    uptime_s=_COUNTERS,
    epoch=_COUNTERS,
    mode=st.sampled_from(m.DoorMode),
    shadow=st.booleans(),
    camera=st.sampled_from(m.CameraHealth),
    fps=st.floats(0, 1000),
    temperature_c=st.none() | st.floats(-100, 200),
    events=_COUNTERS,
    frames=_COUNTERS,
    certificate_days=st.none() | _SHARES,
    clock_sure=st.none() | st.booleans(),
    degraded=st.lists(st.from_regex(r"[a-z0-9_]{1,40}", fullmatch=True), max_size=16).map(tuple),
)
CACHE_ASKED = st.builds(
    m.CacheAsked,
    have=_COUNTERS,
    faces=st.booleans(),
    encoder=st.none() | _WORDS,
    key=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
)
CACHE_PARTS = st.builds(
    m.CachePart,
    version=_COUNTERS,
    part=st.integers(0, 31),
    parts=st.integers(1, 32),
    content=st.binary(min_size=1, max_size=200),
)
NAMED_VISITS = st.builds(
    m.NamedVisit,
    at=_SHARES,
    door=DOORS,
    visit=_COUNTERS,
    decision=st.sampled_from(m.Decision),
    reason=st.sampled_from(m.Reason),
    resident=st.none() | _IDS,
    name=st.none() | _WORDS,
    card=st.none() | CARDS,
    away=st.booleans(),
)
BRAIN_REPORTS = st.one_of(
    st.builds(m.PassbackBroken, door=DOORS, visit=_COUNTERS, resident=_IDS, area=DOORS),
    st.builds(
        m.EncoderChanging,
        serving=_WORDS,
        coming=_WORDS,
        done=_COUNTERS,
        residents=_COUNTERS,
        left_out=st.lists(_IDS, max_size=9).map(tuple),
        finished=st.booleans(),
    ),
    st.builds(
        m.ManyRefusals,
        doors=st.lists(DOORS, min_size=1, max_size=9).map(tuple),
        refusals=st.integers(1, 2**53),
        window_s=st.floats(1, 1e6),
    ),
)
