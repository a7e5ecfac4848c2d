"""What the bench counts, and how it splits people; on made-up scores and folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.recognition import limits, pictures, protocols
from bench.recognition.embeddings import Found
from bench.recognition.face_recognition_worker import subject
from bench.recognition.goals import Goal
from bench.recognition.peers import mean_cosine, nearest_photo
from bench.recognition.pictures import Pictures
from bench.recognition.protocols import Split
from bench.recognition.rates import NOBODY, Interval, Outcome, better_share
from bench.recognition.systems import BOTH, DOORWARD, PEER, Material, doorward, systems, worth


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for person in range(6):
        for video in range(3):
            for frame in range(2):
                _touch(tmp_path / f"faces/ytf/p{person}/video{video}/{frame}.jpg")
        for photo in range(5):
            _touch(tmp_path / f"faces/lfw/known/p{person}/{photo}.jpg")
    for stranger in range(4):
        _touch(tmp_path / f"faces/lfw/unknown/s{stranger}/0.jpg")
    return tmp_path


def _touch(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


def _person(file: Path) -> str:
    return next(part for part in reversed(file.parts[:-1]) if not part.startswith("video"))


def test_the_shared_split_of_ytf_enrols_every_second_person_from_the_first_video(
    folder: Path,
) -> None:
    data = pictures.ytf(folder)
    split = protocols.shared(data)
    assert len(split.enrolled) == 3
    assert [str(data.files[one].relative_to(folder)) for one in split.enrolled[1]] == [
        "faces/ytf/p2/video0/0.jpg",
        "faces/ytf/p2/video0/1.jpg",
    ]
    assert len(split.mates) == 6
    assert split.who == (0, 0, 1, 1, 2, 2)
    assert len(split.strangers) == 9


def test_the_shared_split_of_lfw_enrols_three_photos_of_everybody(folder: Path) -> None:
    split = protocols.shared(pictures.lfw(folder))
    assert [len(session) for session in split.enrolled] == [3] * 6
    assert len(split.mates) == 12
    assert len(split.strangers) == 4


@pytest.mark.parametrize("load", [pictures.ytf, pictures.lfw])
@pytest.mark.parametrize("size", [None, 2])
def test_a_resampled_gallery_repeats_and_never_shows_an_enrolled_picture(
    folder: Path, load: pictures.Load, size: int | None
) -> None:
    data = load(folder)
    one = protocols.resampled(data, 3, size)
    assert one == protocols.resampled(data, 3, size)
    assert one != protocols.resampled(data, 4, size)
    enrolled = {file for session in one.enrolled for file in session}
    visits = {file for session in (*one.mates, *one.strangers) for file in session}
    assert not enrolled & visits
    people = {_person(data.files[file]) for file in enrolled}
    outside = {_person(data.files[file]) for session in one.strangers for file in session}
    assert not people & outside


def test_rates_are_those_of_open_set_identification() -> None:
    mates = np.array([[0.9, 0.1], [0.2, 0.6], [0.7, 0.3], [0.5, 0.2]])
    strangers = np.array([[0.1, 0.2], [0.55, 0.1], [0.3, 0.3], [NOBODY, NOBODY]])
    outcome = Outcome.of(mates, [0, 1, 1, 0], strangers)
    assert outcome.rank1 == 0.75
    assert outcome.threshold(0.0) == 0.55
    assert outcome.fnir(0.0) == 0.5
    assert outcome.fnir(0.25) == 0.25
    assert outcome.fpir_above(0.25) == 0.5
    assert outcome.fnir_above(0.55) == 0.5


def test_a_visit_without_a_face_is_a_miss_and_no_stranger_let_in() -> None:
    nothing = np.full((1, 2), NOBODY)
    outcome = Outcome.of(nothing, [0], nothing)
    assert outcome.rank1 == 0
    assert outcome.fnir_above(-2) == 1
    assert outcome.fpir_above(-2) == 0


def test_misses_rise_as_fewer_strangers_are_let_in() -> None:
    lots = np.random.default_rng(1)
    outcome = Outcome.of(lots.random((50, 4)), [0] * 50, lots.random((40, 4)))
    let_in, missed = outcome.curve()
    assert (np.diff(let_in) > 0).all()
    assert (np.diff(missed) <= 0).all()
    assert missed[0] == outcome.fnir(0.0)


def test_a_tie_is_half_a_win() -> None:
    assert better_share([0.1, 0.2, 0.3], [0.2, 0.2, 0.2]) == 0.5


def test_an_interval_holds_the_middle_of_what_was_seen() -> None:
    interval = Interval.of([float(one) for one in range(101)])
    assert (interval.mean, interval.low, interval.high) == (50, 2.5, 97.5)


@pytest.mark.parametrize(
    ("figure", "at_most", "says"),
    [(0.05, True, "ok"), (0.07, True, "short"), (0.05, False, "short"), (0.06, False, "ok")],
)
def test_a_goal_says_whether_it_was_met(figure: float, at_most: bool, says: str) -> None:
    goal = Goal("misses", figure, 0.06, at_most=at_most)
    assert str(goal).split()[0] == says
    assert goal.met is (says == "ok")


def test_every_system_names_people_who_are_plainly_apart() -> None:
    vectors = np.repeat(np.eye(4, dtype=np.float32), 3, axis=0)
    split = Split(((0,), (3,)), ((1, 2), (4, 5)), (0, 1), ((6, 7), (9,)))
    for system in (mean_cosine, nearest_photo, doorward):
        outcome = system(vectors, split)
        assert outcome.rank1 == 1
        assert outcome.fnir(0.0) == 0
        assert outcome.strangers.max() < outcome.mates.min()


def _pictures(sessions: int, people: int) -> Pictures:
    """People of some sessions, two pictures each."""
    numbers = iter(range(2 * sessions * people))
    named = {
        f"p{person}": tuple((next(numbers), next(numbers)) for _ in range(sessions))
        for person in range(people)
    }
    return Pictures("ytf", tuple(Path(str(one)) for one in range(2 * sessions * people)), named, ())


def test_a_session_that_no_network_knows_again_is_set_apart() -> None:
    data = _pictures(sessions=3, people=4)
    vectors = np.repeat(np.eye(4, dtype=np.float32), 6, axis=0)
    wrong = vectors.copy()
    wrong[2:4] = wrong[12]  # the first person's second session shows the third
    split = Split(((0, 1), (2, 3)), ((2, 3), (4, 5), (0, 1), (12, 13)), (0, 0, 1, 1), ((20, 21),))

    both = limits.find(data, (wrong, wrong))

    assert (both.sessions, both.of, both.odd) == (1, 12, frozenset({2, 3}))
    # It is shown in the first visit, and the second resident is enrolled from nothing else.
    assert both.doubtful(split).tolist() == [True, False, True, True]
    assert limits.find(data, (wrong, vectors)).sessions == 0


def test_misses_are_told_apart_by_whether_anybody_could_help() -> None:
    known = limits.Limits(frozenset({2, 3}), 1, 12)
    split = Split(((0,), (4,)), ((2,), (6,), (8,), (10,)), (0, 0, 1, 1), ((20,),))
    outcome = Outcome(
        np.array([0.1, 0.9, 0.8, 0.2]), np.array([True] * 4), np.linspace(0, 0.5, 100)
    )

    assert known.missed(split, outcome, 0.01) == pytest.approx((0.25, 0.25, 1 / 3))


def test_a_bystander_behind_and_a_face_at_the_edge_are_not_the_subject() -> None:
    middle, edge, small = (60, 150, 150, 60), (0, 95, 100, 0), (100, 130, 120, 110)

    assert subject([edge, small, middle], (210, 210, 3)) == middle
    assert subject([], (210, 210, 3)) is None


@pytest.mark.parametrize("peer", [True, False], ids=["with the peer", "left out"])
def test_every_row_of_the_table_names_people_who_are_plainly_apart(peer: bool) -> None:
    lots = np.random.default_rng(4)
    people = lots.normal(size=(5, 128)).astype(np.float32)
    vectors = np.repeat(people, 3, axis=0)
    pairs = np.stack([vectors, vectors + 0.01], axis=1)
    split = Split(((0,), (3,)), ((1, 2), (4, 5)), (0, 1), ((6, 7), (9,), (12,)))
    material = Material(
        pairs,
        pairs,
        pairs,
        vectors if peer else None,
        np.zeros(128, np.float32),
        np.ones(15, np.float32),
    )

    rows = systems(material)

    assert (PEER in rows) is peer
    assert {DOORWARD, BOTH} <= rows.keys()
    for system in rows.values():
        outcome = system(split)
        assert outcome.rank1 == 1
        assert outcome.strangers.max() < outcome.mates.min()


def test_a_blurred_picture_counts_less_in_its_burst() -> None:
    measured = np.array([[130, 300, 120, 0, 0, 0], [130, 10, 120, 0, 0, 0]], np.float32)
    nothing = np.zeros((2, 5, 2), np.float32)
    found = Found(np.ones(2, np.bool_), nothing[:, 0], nothing, nothing[:, 0, 0], measured)
    sharp, blurred = np.eye(2, dtype=np.float32)
    between = np.array([0.6, 0.8], np.float32)
    vectors = np.stack([sharp, blurred, between])
    weights = np.append(worth(found), np.float32(1))
    split = Split(((0,), (1,)), ((0, 1),), (0,), ((2,),))

    outcome = doorward(vectors, split, weights)

    assert weights[0] > 3 * weights[1]
    assert outcome.rank1 == 1
    assert outcome.mates[0] > doorward(vectors, split).mates[0]
