"""What does `doorctl` do as people type it? Its fixture `doorctl`, as a pytest plugin."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from demo.private_broker import PrivateBroker
from doorctl.__main__ import main
from doorctl.site import Site

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def doorctl(
    site: Site,
    broker: PrivateBroker,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run a command as admin.alice: exit code, standard output, standard error."""
    assert broker.running  # its ports stand in client.yaml by now
    monkeypatch.setenv("DOORWARD_CLIENT", str(site.staff("admin.alice") / "client.yaml"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["doorctl", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return int(ended.value.code or 0), told.out, told.err

    return run
