"""Where does a sign-in lead on to, and which hosts are the console's?"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.config import ListenSettings
from console.web.guard import local
from console.web.hosts import names
from console.web.templating import templates

TEMPLATES = Path(__file__).resolve().parents[2] / "console" / "templates"
BASE = "https://doors.example/sign-in"


@given(st.text() | st.from_regex(r"[/\\]{1,3}[a-z.:@]{0,9}[/\\?#]?.{0,9}", fullmatch=True))
def test_whatever_is_asked_for_stays_at_the_console(address: str) -> None:
    to = local(address)
    # Browsers take a backslash for a slash, and leave out tabs and line ends.
    as_browsers_read = to.replace("\\", "/").translate(dict.fromkeys(map(ord, "\t\r\n")))
    assert urlsplit(urljoin(BASE, as_browsers_read)).netloc == "doors.example"
    assert to.startswith("/")


@pytest.mark.parametrize("address", ["/", "/people?search=x&group=y", "/log/17", "/people/%E4"])
def test_pages_of_the_console_are_led_to(address: str) -> None:
    assert local(address) == address


def test_a_console_goes_by_what_people_type(tmp_path: Path) -> None:
    listen = ListenSettings(
        host="::1", address="https://Doors.Example:8443/", certificate=None, key=None
    )
    assert names(listen) == {"localhost", "::1", "doors.example"}
    unreadable = listen.model_copy(update={"certificate": tmp_path / "none.crt"})
    assert names(unreadable) == names(listen)


def test_everything_put_into_a_template_is_escaped() -> None:
    assert templates().autoescape is True


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_no_template_switches_escaping_off_or_needs_what_the_policy_forbids(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for forbidden in ("|safe", "| safe", "autoescape", " style=", "javascript:", "<style"):
        assert forbidden not in text, forbidden
    for script in text.split("<script")[1:]:
        head, _, body = script.partition(">")
        assert " src=" in head, "a script that is no file"
        assert body.split("</script>")[0].strip() == ""
    assert re.findall(r"""\son[a-z]+\s*=\s*["']""", text) == []
