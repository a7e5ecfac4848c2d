"""Which browser is that?"""

from __future__ import annotations

import pytest

from console.core.browsers import recognised


@pytest.mark.parametrize(
    ("agent", "browser", "system"),
    [
        ("(iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1", "Safari", "iPhone"),
        ("(Linux; Android 14) Chrome/120.0.0.0 Mobile Safari/537.36", "Chrome", "Android"),
        ("(Windows NT 10.0) Chrome/120.0.0.0 Safari/537.36 Edg/120.0", "Edge", "Windows"),
        ("(X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox", "Linux"),
        ("curl/8.5.0", "", ""),
        ("", "", ""),
    ],
)
def test_browsers_are_called_as_people_call_them(agent: str, browser: str, system: str) -> None:
    assert recognised(f"Mozilla/5.0 {agent}") == (browser, system)
