"""The folder that `doorctl console add` makes starts a console that browsers may trust."""

from __future__ import annotations

import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.daemon import Daemon
from demo.private_broker import PrivateBroker, free_ports
from demo.stage import overlay
from doorctl import consoles
from doorctl.site import Site

START_S = 30


@pytest.fixture
def address(site: Site, tmp_path: Path) -> Iterator[str]:
    """Of a console that runs from its bundle, with nothing changed but the port."""
    port = free_ports()[0]
    bundle = consoles.add_console(site.root, "main", hosts=["localhost", "127.0.0.1"])
    overlay(bundle / "console.yaml", {"listen": {"host": "127.0.0.1", "port": port}})
    with PrivateBroker(site.root):
        console = Daemon("console", bundle / "console.yaml", tmp_path / "console.log")
        console.start()
        try:
            yield f"https://localhost:{port}"
        finally:
            assert console.stop() == 0, console.last_words()


def test_a_browser_that_trusts_the_page_reaches_it_and_one_that_trusts_the_broker_does_not(
    site: Site, address: str
) -> None:
    bundle = site.staff("console.main")
    trusting = ssl.create_default_context(cafile=bundle / "web-ca.crt")

    page = _fetched(f"{address}/sign-in", trusting)

    assert 'name="password"' in page
    others = (bundle / "ca.crt", site.broker / "doors-ca.crt")
    for authority in others:
        context = ssl.create_default_context(cafile=authority)
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(address, context=context, timeout=5)  # noqa: S310  # ours


def _fetched(address: str, context: ssl.SSLContext) -> str:
    deadline = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(address, context=context, timeout=5) as answer:  # noqa: S310  # ours
                return str(answer.read().decode())
        except urllib.error.URLError as error:
            starting = isinstance(error.reason, ConnectionRefusedError)
            if not starting or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
