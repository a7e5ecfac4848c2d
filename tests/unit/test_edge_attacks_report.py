"""The figures of a run: rates by species, what kept whom out, goals reached or short."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.attacks import report
from edge.attacks.clips import Clip
from edge.attacks.presentation import Ending, Outcome
from edge.attacks.species import SPECIES
from edge.attacks.suite import Row, planned


def row(
    species: str,
    outcome: Outcome,
    *,
    variant: int | None = None,
    blinks: int | None = None,
    why: str = "no_blink",
    at: float = 2.0,
    reopened: float | None = None,
) -> Row:
    ending = Ending(outcome, "" if outcome is Outcome.ACCEPTED else why, at, reopened)
    return Row("one", species, f"{species}/a.mp4", variant, blinks, ending)


def goals(rows: list[Row], *, must_stop_made: bool = True) -> dict[str, bool | None]:
    return {
        goal.name: goal.good for goal in report.goals("one", rows, must_stop_made=must_stop_made)
    }


def test_apcer_counts_the_accepted_and_bpcer_those_who_were_not() -> None:
    rows = [
        row("live", Outcome.ACCEPTED),
        row("live", Outcome.TIMED_OUT),
        row("live", Outcome.NO_FACE),
        row("live", Outcome.ACCEPTED),
        row("replay", Outcome.REFUSED, why="screen"),
        row("replay", Outcome.NO_FACE),
    ]

    live, replay = report.table(rows)[1:]

    assert live.split()[:7] == ["live", "4", "2", "0", "1", "0", "1"]
    assert "BPCER 50.0 %" in live
    assert replay.split()[:7] == ["replay", "2", "0", "1", "0", "0", "1"]
    assert "APCER 0 %" in replay
    assert "rule of three" in replay


def test_attacks_made_here_are_summed_without_the_animated_ones() -> None:
    rows = [
        row("held-still", Outcome.ENDED, variant=0),
        row("looped", Outcome.ACCEPTED, variant=0),
        row("animated-portrait", Outcome.ACCEPTED, variant=0),
    ]

    last = report.table(rows)[-1]

    assert last.startswith("all made here")
    assert last.split()[3:5] == ["2", "1"]


def test_what_kept_them_out_is_counted_by_evidence() -> None:
    rows = [
        row("replay", Outcome.REFUSED, why="screen+texture"),
        row("replay", Outcome.REFUSED, why="texture"),
        row("replay", Outcome.REFUSED, why="texture"),
        row("replay", Outcome.ACCEPTED),
    ]

    assert report.reasons(rows) == [f"{'replay':18} texture 2, screen+texture 1"]


def test_one_accepted_replay_is_short_and_one_missed_living_person_is_not() -> None:
    rows = [
        row("replay", Outcome.ACCEPTED),
        *(row("live", Outcome.ACCEPTED, blinks=2) for _ in range(5)),
        row("live", Outcome.TIMED_OUT, blinks=1),
    ]

    found = goals(rows)

    assert found["recorded replays accepted"] is False
    assert found["living people with a labelled blink accepted"] is True


def test_two_missed_living_people_are_short_and_the_unlabelled_do_not_count() -> None:
    rows = [
        *(row("live", Outcome.ACCEPTED, blinks=2) for _ in range(5)),
        row("live", Outcome.TIMED_OUT, blinks=1),
        row("live", Outcome.TIMED_OUT, blinks=1),
        row("live", Outcome.TIMED_OUT, blinks=0),
        row("live", Outcome.TIMED_OUT),
    ]

    assert goals(rows)["living people with a labelled blink accepted"] is False


@pytest.mark.parametrize(("must_stop", "good"), [(True, False), (False, None)])
def test_a_made_attack_that_passed_is_short_only_where_none_may(
    must_stop: bool,
    good: bool | None,
) -> None:
    rows = [row("held-still", Outcome.ACCEPTED, variant=3)]

    assert goals(rows, must_stop_made=must_stop)["attacks made here accepted"] is good


def test_animated_portraits_are_stated_without_a_goal() -> None:
    found = goals([row("animated-portrait", Outcome.ACCEPTED, variant=0)])

    assert found == {"animated portraits accepted": None}


@pytest.mark.parametrize(("wait", "good"), [(0.3, True), (0.6, False)])
def test_the_burst_must_be_out_half_a_second_after_the_eyes_are_open(
    wait: float,
    good: bool,
) -> None:
    rows = [row("live", Outcome.ACCEPTED, at=3.0, reopened=3.0 - wait)]

    assert goals(rows)["re-opening to burst, median"] is good


def test_a_record_is_one_line_of_json_that_names_everything() -> None:
    line = report.record(row("held-still", Outcome.REFUSED, variant=2, why="solid", at=1.23456))

    assert json.loads(line) == {
        "configuration": "one",
        "species": "held-still",
        "made": True,
        "clip": "held-still/a.mp4",
        "variant": 2,
        "labelled_blinks": None,
        "outcome": "refused",
        "why": "solid",
        "at": 1.2346,
        "reopened": None,
        "burst": [],
    }


def test_attacks_are_shared_out_evenly_among_species_and_people() -> None:
    people = [Clip(Path(f"live/{name}.mp4"), "live", None) for name in "abc"]
    others = [Clip(Path("replay/x.mp4"), "replay", None)]

    made = planned([*people, *others], tuple(SPECIES), 238)

    for species in SPECIES:
        own = [one for one in made if one.species == species]
        assert len(own) == 34
        shares = [sum(one.clip is person for one in own) for person in people]
        assert max(shares) - min(shares) <= 1
    assert len({(one.species, one.clip.name, one.variant) for one in made}) == len(made)


def test_no_living_person_no_attack() -> None:
    assert planned([Clip(Path("replay/x.mp4"), "replay", None)], tuple(SPECIES), 10) == []
