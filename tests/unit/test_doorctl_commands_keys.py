"""What an operator reads after a command that changes keys, and what the broker must be told."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import pytest

from doorctl.__main__ import main
from doorctl.site import Site

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def doorctl(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command: exit code, standard output, standard error."""
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("DOORWARD_CLIENT", raising=False)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["doorctl", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return int(ended.value.code or 0), told.out, told.err

    return run


@pytest.mark.parametrize(
    "command", [("door", "front"), ("admin", "alice"), ("monitor", "lobby")], ids=" ".join
)
def test_whoever_revokes_reads_what_ends_new_and_what_ends_living_connections(
    site: Site, doorctl: Run, command: tuple[str, str]
) -> None:
    kind, name = command

    code, out, _ = doorctl(kind, "revoke", site.root, name)

    assert code == 0
    assert "1 certificate(s) revoked" in out
    assert "systemctl reload mosquitto" in out
    assert "systemctl restart mosquitto" in out


def test_a_rotation_says_where_the_files_are_and_how_it_ends(site: Site, doorctl: Run) -> None:
    code, out, _ = doorctl("door", "rotate", site.root, "front")

    assert code == 0
    assert str(site.rotation("front")) in out
    assert f"doorctl door rotate {site.root} front --finish" in out


def test_a_rotation_can_be_ended_without_hearing_the_door_where_that_is_said(
    site: Site, doorctl: Run
) -> None:
    doorctl("door", "rotate", site.root, "front")

    code, out, _ = doorctl("door", "rotate", site.root, "front", "--finish", "--unheard")

    assert code == 0
    assert "1 old certificate(s) revoked" in out


def test_the_brains_key_goes_through_its_three_steps(site: Site, doorctl: Run) -> None:
    begun = doorctl("brain", "rotate", site.root)
    switched = doorctl("brain", "rotate", site.root, "--switch", "--yes")
    ended = doorctl("brain", "rotate", site.root, "--finish")

    assert [code for code, _, _ in (begun, switched, ended)] == [0, 0, 0]
    assert str(site.trusted) in begun[1]
    assert "--switch" in begun[1]
    assert "--finish" in switched[1]


def test_the_brain_does_not_change_over_unless_somebody_says_that_all_doors_know(
    site: Site, doorctl: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    doorctl("brain", "rotate", site.root)
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))

    code, out, _ = doorctl("brain", "rotate", site.root, "--switch")

    assert code == 1
    assert "front, back" in out
    assert (site.brain / "brain.next.key").exists()


def test_two_steps_at_once_and_new_keys_for_nobody_are_wrong_calls(
    site: Site, doorctl: Run
) -> None:
    assert doorctl("brain", "rotate", site.root, "--switch", "--finish")[0] == 2
    assert doorctl("renew", site.root, "--new-key")[0] == 2


def test_a_renewal_says_who_was_renewed_or_that_nobody_is_due(site: Site, doorctl: Run) -> None:
    none = doorctl("renew", site.root)
    some = doorctl("renew", site.root, "front", "broker")

    assert "No certificate ends within 90 days" in none[1]
    assert "front: new certificate in its folder" in some[1]
    assert "Restart the broker" in some[1]


def test_another_brain_and_another_name_are_one_command_each(site: Site, doorctl: Run) -> None:
    brain = doorctl("brain", "add", site.root, "annex", "--door", "back")
    door = doorctl("door", "rename", site.root, "front", "lobby")
    gone = doorctl("brain", "revoke", site.root, "annex")

    assert [code for code, _, _ in (brain, door, gone)] == [0, 0, 0]
    assert str(site.brain_folder("annex")) in brain[1]
    assert f"doorctl door revoke {site.root} front" in door[1]
    assert "doorctl brain rotate" in gone[1]


@pytest.mark.parametrize(
    "command",
    [
        ("door", "revoke", "nobody"),
        ("door", "rotate", "nobody"),
        ("door", "rename", "nobody", "somebody"),
        ("admin", "revoke", "nobody"),
        ("monitor", "revoke", "nobody"),
        ("brain", "revoke", "main"),
        ("brain", "add", "main"),
        ("brain", "add", "annex", "--door", "nobody"),
        ("renew", "nobody"),
        ("door", "add", "brain"),
    ],
    ids=" ".join,
)
def test_a_command_about_nobody_changes_nothing_and_says_so(
    site: Site, doorctl: Run, command: tuple[str, ...]
) -> None:
    before = {path: path.read_bytes() for path in site.root.rglob("*") if path.is_file()}
    head = 1 if command[0] == "renew" else 2

    code, _, told = doorctl(*command[:head], site.root, *command[head:])

    assert code == 1
    assert told.startswith("doorctl: ")
    assert {path: path.read_bytes() for path in site.root.rglob("*") if path.is_file()} == before


def test_no_command_prints_a_private_key(site: Site, doorctl: Run) -> None:
    said = [
        doorctl(*command)
        for command in (
            ("door", "rotate", site.root, "front"),
            ("door", "rotate", site.root, "front", "--finish", "--unheard"),
            ("renew", site.root, "admin.alice", "--new-key"),
            ("brain", "rotate", site.root),
            ("brain", "rotate", site.root, "--switch", "--yes"),
            ("door", "add", site.root, "side"),
            ("brain", "add", site.root, "annex"),
            ("door", "revoke", site.root, "back"),
        )
    ]
    text = "".join(out + err for _, out, err in said)

    lines = [
        line
        for key in site.root.rglob("*.key")
        for line in key.read_text().splitlines()
        if not line.startswith("-----")
    ]
    assert len(lines) > 20
    assert not [line for line in lines if line in text]
    assert "PRIVATE KEY" not in text
