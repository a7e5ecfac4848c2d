"""What a door's configuration may say of wires, indicators, office hours, and pins."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from edge_yaml import GPIO_LOCK, mistakes, read

from doorctl.site import Site
from edge import config, fittings
from edge.adapters.indicator_buzzer import BuzzerIndicator
from edge.adapters.indicator_display import DisplayIndicator
from edge.adapters.indicator_lamps import LampIndicator
from edge.adapters.indicator_log import LogIndicator
from edge.adapters.indicator_none import NoIndicator
from edge.adapters.indicator_window import WindowIndicator
from edge.core.senses import Sense

WIRED = {
    "contact": {"kind": "gpio", "pin": 22, "factory": "lgpio"},
    "exit": {"kind": "gpio", "pin": 23, "factory": "lgpio"},
    "tamper": {"kind": "gpio", "pin": 24, "factory": "lgpio"},
    "fire": {"kind": "gpio", "pin": 25, "factory": "lgpio"},
}
LAMPS = {"kind": "lamps", "factory": "lgpio", "green": 5, "red": 6}
HOURS = {"days": ["mon", "tue"], "start": "09:00", "end": "17:00"}


def test_a_door_without_wires_feels_nothing(tmp_path: Path) -> None:
    assert fittings.wires(read(tmp_path)) == {}


def test_each_wire_is_normally_closed_but_the_exit_button(tmp_path: Path) -> None:
    wires = fittings.wires(read(tmp_path, **WIRED))

    assert {sense: wire.input.closed_loop for sense, wire in wires.items()} == {
        Sense.CONTACT: True,
        Sense.EXIT: False,
        Sense.TAMPER: True,
        Sense.FIRE: True,
    }


def test_wires_in_a_file_are_simulated(tmp_path: Path) -> None:
    wires = fittings.wires(read(tmp_path, fire={"kind": "simulated", "source": "senses.yaml"}))

    assert wires[Sense.FIRE].input.simulated


@pytest.mark.parametrize("sense", ["contact", "exit", "tamper", "fire"])
def test_a_wire_in_a_file_is_refused_beside_a_real_lock(tmp_path: Path, sense: str) -> None:
    played = {sense: {"kind": "simulated", "source": "senses.yaml"}}

    said = mistakes(tmp_path, lock=GPIO_LOCK, **played)

    assert sense in said
    assert "lock.kind" in said


CLASHES: list[tuple[dict[str, Any], str, str]] = [
    ({"lock": {**GPIO_LOCK, "pin": 22}, **WIRED}, "lock.pin", "contact.pin"),
    (
        {**WIRED, "presence": {"kind": "gpio", "pin": 25, "factory": "lgpio"}},
        "presence.pin",
        "fire.pin",
    ),
    ({**WIRED, "tamper": WIRED["exit"]}, "exit.pin", "tamper.pin"),
    ({**WIRED, "indicator": {**LAMPS, "red": 24}}, "tamper.pin", "indicator.0.red"),
    ({"indicator": {**LAMPS, "red": 5}}, "indicator.0.green", "indicator.0.red"),
    (
        {"indicator": [LAMPS, {"kind": "buzzer", "pin": 6, "factory": "lgpio"}]},
        "indicator.0.red",
        "indicator.1.pin",
    ),
    (
        {"indicator": {"kind": "ssd1306"}, "contact": {**WIRED["contact"], "pin": 3}},
        "contact.pin",
        "indicator.0.bus",
    ),
]


@pytest.mark.parametrize(("parts", "one", "other"), CLASHES)
def test_two_parts_on_one_pin_are_refused_by_name(
    tmp_path: Path, parts: dict[str, Any], one: str, other: str
) -> None:
    said = mistakes(tmp_path, **parts)

    assert f"{one} and {other} are both" in said


def test_a_display_on_another_bus_leaves_the_pins_alone(tmp_path: Path) -> None:
    read(tmp_path, indicator={"kind": "sh1106", "bus": 3}, contact={**WIRED["contact"], "pin": 3})


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"contact": {"kind": "gpio", "pin": 22}}, "contact.factory"),
    ({"contact": {**WIRED["contact"], "pin": 1}}, "contact.pin"),
    ({"contact": {**WIRED["contact"], "normally": "shut"}}, "contact.normally"),
    ({"contact": {**WIRED["contact"], "held_open_s": 0}}, "contact.held_open_s"),
    ({"fire": {**WIRED["fire"], "held_open_s": 5}}, "fire.held_open_s"),
    ({"fire": {"kind": "mqtt"}}, "fire"),
    ({"lock": {**GPIO_LOCK, "wiring": "magnet"}}, "lock.wiring"),
    ({"indicator": []}, "indicator"),
    ({"indicator": {"kind": "lamps", "factory": "lgpio"}}, "indicator.0.lamps"),
    ({"indicator": [{"kind": "log"}, {"kind": "buzzer"}]}, "indicator.1.pin"),
    ({"timezone": "Middle/Earth"}, "timezone"),
    ({"office": {"windows": [{**HOURS, "end": "08:00"}]}}, "office.windows.0"),
    ({"office": {"windows": [{**HOURS, "days": ["someday"]}]}}, "office.windows.0.days"),
    ({"office": {"holidays": ["Easter"]}}, "office.holidays"),
]


@pytest.mark.parametrize(("parts", "key"), WRONG)
def test_a_mistake_is_told_with_its_key(tmp_path: Path, parts: dict[str, Any], key: str) -> None:
    assert f"edge.yaml: {key}" in mistakes(tmp_path, **parts)


def test_office_hours_read_as_they_are_written(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        timezone="Europe/Berlin",
        office={"windows": [HOURS], "first_person": False, "holidays": [date(2026, 12, 25)]},
    )

    rule = settings.visit_rule.office
    assert rule.windows[0].start == "09:00"
    assert not rule.first_person
    assert rule.holidays == {date(2026, 12, 25)}


def test_the_figures_of_the_contact_reach_the_core(tmp_path: Path) -> None:
    wired = {
        "contact": {**WIRED["contact"], "held_open_s": 12, "forced": False},
        "exit": {**WIRED["exit"], "explains_s": 4},
    }

    rule = read(tmp_path, **wired).visit_rule.contact

    assert (rule.held_open_s, rule.exit_s, rule.forced) == (12, 4, False)


def test_at_a_door_in_shadow_mode_nothing_counts_as_forced(tmp_path: Path) -> None:
    assert not read(tmp_path, shadow=True, contact=WIRED["contact"]).visit_rule.contact.forced


def test_one_indicator_or_a_list_of_several_may_be_named(tmp_path: Path) -> None:
    several = [
        {"kind": "none"},
        {"kind": "log"},
        LAMPS,
        {"kind": "buzzer", "pin": 19, "factory": "lgpio"},
        {"kind": "window"},
        {"kind": "ssd1306"},
    ]
    kinds = [
        NoIndicator,
        LogIndicator,
        LampIndicator,
        BuzzerIndicator,
        WindowIndicator,
        DisplayIndicator,
    ]

    made = [
        fittings._indicator(one) for one in read(tmp_path, indicator=several).indicator
    ]  # the choice itself

    assert [type(one) for one in made] == kinds
    assert [one.kind for one in read(tmp_path, indicator={"kind": "none"}).indicator] == ["none"]
    assert [one.kind for one in read(tmp_path).indicator] == ["log"]


@pytest.mark.parametrize("lock", [{"kind": "simulated"}, GPIO_LOCK])
def test_the_wiring_of_the_lock_reaches_its_process(tmp_path: Path, lock: dict[str, Any]) -> None:
    safe = read(tmp_path, lock={**lock, "wiring": "fail_safe"})

    assert fittings.lock(safe).rests_open
    assert not fittings.lock(read(tmp_path, lock=lock)).rests_open


def test_what_a_new_doors_file_suggests_can_be_used_as_it_stands(site: Site) -> None:
    path = site.door("front") / "edge.yaml"
    written = path.read_text()
    kept, felt, suggested = written.partition("# What the door feels")

    path.write_text(kept + re.sub(r"^# (?=[a-z]+: )", "", felt + suggested, flags=re.MULTILINE))

    settings = config.read(path)
    assert set(settings.wires) == {"contact", "exit", "tamper", "fire"}
    assert settings.office.windows
    assert len(settings.indicator) == 2
    assert settings.shadow
    assert settings.snapshot.mask
