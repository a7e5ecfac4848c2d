"""What may be set of cards, PINs and passes, and which of it is refused together."""

from __future__ import annotations

from pathlib import Path

import pytest
from edge_yaml import GPIO_LOCK, mistakes, read

from doorbus.messages import CodeKind

EVDEV = {"kind": "evdev", "device": "/dev/input/by-id/usb-Reader-event-kbd"}


def test_without_settings_a_door_asks_for_a_face_alone(tmp_path: Path) -> None:
    settings = read(tmp_path)

    assert (settings.reader.kind, settings.passes.kind) == ("none", "none")
    assert settings.visit_rule.codes.second is None
    assert not settings.visit_rule.codes.alone


def test_a_door_of_two_factors(tmp_path: Path) -> None:
    rule = read(tmp_path, reader=EVDEV, second={"kind": "card", "wait_s": 20}).visit_rule.codes

    assert (rule.second, rule.wait_s) == (CodeKind.CARD, 20)


def test_codes_pause_by_figures_of_their_own(tmp_path: Path) -> None:
    codes = {"alone": True, "attempts": 3, "pause_s": 60, "longest_pause_s": 120}

    settings = read(tmp_path, reader=EVDEV, codes=codes)

    rule = settings.visit_rule.codes
    assert (rule.pause.after, rule.pause.first_s, rule.pause.longest_s) == (3, 60, 120)
    assert settings.visit_rule.pause.after == 5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"second": {"kind": "pin"}}, "need a reader"),
        ({"codes": {"alone": True}}, "need a reader"),
        (
            {"reader": EVDEV, "second": {"kind": "pin"}, "codes": {"alone": True}},
            "nobody can tell what a PIN is for",
        ),
        ({"reader": {"kind": "evdev"}}, "reader.device"),
        ({"reader": {"kind": "evdev", "device": "/etc/passwd"}}, "reader.device"),
        ({"passes": {"kind": "camera", "every_s": 0}}, "passes.every_s"),
        ({"second": {"kind": "iris"}}, "second.kind"),
    ],
)
def test_what_cannot_work_is_refused_with_why(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    assert words in mistakes(tmp_path, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"reader": {"kind": "simulated", "source": "reader"}},
        {"clock": {"kind": "simulated", "source": "now"}},
    ],
)
def test_nothing_simulated_stands_beside_a_real_lock(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    assert "real lock" in mistakes(tmp_path, lock=GPIO_LOCK, **changes)
