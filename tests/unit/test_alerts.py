"""The alert file is Prometheus's, and everything it asks for is something that the brain tells."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from documents import sections
from prometheus_client import CollectorRegistry, generate_latest

from brain.adapters.metrics_prometheus import FiguresCollector
from brain.figures import DoorSeen, Seen
from doorbus import messages as m

FOLDER = Path(__file__).parents[2] / "monitoring"
PROMTOOL = shutil.which("promtool") or ""

WORDS = frozenset(
    {
        "and",
        "by",
        "histogram_quantile",
        "increase",
        "le",
        "offset",
        "or",
        "rate",
        "sum",
        "time",
        "unless",
    }
)
"""PromQL's own, of what the alerts use."""

HEALTH = m.DoorHealth(
    version="0.1.0",
    uptime_s=61,
    epoch=1,
    mode=m.DoorMode.NORMAL,
    camera=m.CameraHealth.GOOD,
    fps=7.5,
    temperature_c=51.25,
    events=4,
    frames=1,
    certificate_days=10.0,
    degraded=("brain",),
)
BRAIN = m.BrainHealth(
    version="0.1.0",
    encoder="sface",
    gallery=1,
    residents=1,
    templates=1,
    doors=1,
    waiting=0,
    disk_free=1,
    database=1,
    certificate_days=1.0,
    audit=m.AuditHead(entries=1, head="0" * 64),
    lookers=m.LookersHealth(),
    poison=(m.Poison(topic="frames/recognize/{door}", door="front", reason="died", count=1),),
)


def samples(seen: Seen) -> list[tuple[str, dict[str, str]]]:
    """Every sample of a page, by name and labels."""
    registry = CollectorRegistry()
    registry.register(FiguresCollector(lambda: seen))
    found = []
    for line in generate_latest(registry).decode().splitlines():
        if not line.startswith("#"):
            name, labels = re.fullmatch(r"(\w+)(?:\{(.*)\})? \S+", line).groups()  # type: ignore[union-attr]
            pairs = dict(re.findall(r'(\w+)="([^"]*)"', labels or ""))
            found.append((name, pairs))
    return found


FULL = Seen(
    doors={"front": DoorSeen(True, m.LockReport.LOCKED, m.ContactReport.OFF, HEALTH)},
    health=(1.0, BRAIN),
)


def rules() -> Iterator[Mapping[str, Any]]:
    content = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
    assert set(content) == {"groups"}
    for group in content["groups"]:
        assert set(group) == {"name", "rules"}
        yield from group["rules"]


RULES = [pytest.param(rule, id=rule["alert"]) for rule in rules()]


def selectors(expression: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Every series that an expression names, with its matchers: label, operator, value."""
    found = []
    for name, inside in re.findall(r"\b([a-z_]+_[a-z_]+|up)\b(?:\{([^}]*)\})?", expression):
        if name not in WORDS:
            found.append((name, re.findall(r'(\w+)(=~|=)"([^"]*)"', inside)))
    return found


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_what_prometheus_asks_for_and_says_what_to_do(rule: Mapping[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"Doorward[A-Za-z]+", rule["alert"])
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
    assert set(rule["annotations"]) == {"summary", "do"}
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}


@pytest.mark.parametrize("rule", RULES)
def test_every_series_that_a_rule_names_is_told_by_the_brain(rule: Mapping[str, Any]) -> None:
    told = samples(FULL)

    named = selectors(rule["expr"])

    assert named
    for name, matchers in named:
        if name == "up":  # Prometheus's own
            continue
        of_name = [labels for other, labels in told if other == name]
        assert of_name, name
        for label, _, _ in matchers:
            assert all(label in labels for labels in of_name), (name, label)


@pytest.mark.parametrize("rule", RULES)
def test_what_a_rule_sees_rise_is_there_before_it_rises(rule: Mapping[str, Any]) -> None:
    """Prometheus sees no increase in a series that appears with its first value."""
    calm = samples(Seen(doors={"front": DoorSeen()}, health=(1.0, BRAIN)))

    for name, matchers in selectors(" ".join(re.findall(r"increase\(.*?\[", rule["expr"]))):
        for label, operator, value in matchers:
            wanted = value.split("|") if operator == "=~" else [value]
            there = {labels[label] for other, labels in calm if other == name}
            assert set(wanted) <= there, (name, label)


@pytest.mark.parametrize("rule", RULES)
def test_a_text_names_only_labels_that_its_series_have(rule: Mapping[str, Any]) -> None:
    told = samples(FULL)
    text = " ".join(rule["annotations"].values())

    for label in re.findall(r"\$labels\.(\w+)", text):
        names = [name for name, _ in selectors(rule["expr"])]
        assert any(label in labels for name, labels in told if name in names), label


@pytest.mark.skipif(not PROMTOOL, reason="no promtool here (Debian: package prometheus)")
@pytest.mark.parametrize(
    "arguments", [("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")]
)
def test_promtool_takes_the_rules_and_they_fire_when_they_should(
    arguments: tuple[str, ...],
) -> None:
    done = subprocess.run(
        [PROMTOOL, *arguments], check=False, cwd=FOLDER, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_document_lists_every_metric() -> None:
    (table,) = (
        section.table
        for section in sections(FOLDER.parent / "docs/monitoring.md")
        if section.title == "Prometheus"
    )
    told = {re.sub(r"_(bucket|count|sum)$", "", name) for name, _ in samples(FULL)}

    assert {row[0].strip("`") for row in table} == told
