"""What gets somebody who is signed in, and wants to keep what is over or to stop everybody else?"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from console_served import SHELL, Served, csrf_of, serving

from console import desks, slow_headers
from console.accounts.refusals import AccountRefused
from console.live import MOST_OF_ONE
from doorbus.messages.console import Role
from doorctl import provisioning
from doorctl.site import Site


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One console for all tests here."""
    folder = tmp_path_factory.mktemp("console")
    provisioning.create_site(folder / "site", hosts=("127.0.0.1",), admins=("alice",))
    with serving(folder / "data", Site.load(folder / "site")) as running:
        yield running


def _cookie(browser: httpx.Client) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


@pytest.mark.parametrize("said", ["punycode", "idna", "utf-7", 'utf-8; charset="punycode"'])
def test_a_form_chooses_no_slow_way_of_being_read(served: Served, said: str) -> None:
    browser = served.signed_in(f"slow-{sum(said.encode())}", Role.VIEWER)
    part = b'--x\r\nContent-Disposition: form-data; name="language"\r\n\r\n-'
    begun = time.monotonic()

    answer = browser.post(
        "/me/choices",
        content=part + b"9" * 120_000 + b"\r\n--x--\r\n",
        headers={"Content-Type": f"multipart/form-data; boundary=x; charset={said}"},
    )

    assert answer.status_code == 415
    assert time.monotonic() - begun < 2


def test_a_form_that_says_it_is_utf_8_is_read(served: Served) -> None:
    browser = served.signed_in("utf8", Role.VIEWER)
    csrf = csrf_of(browser.get("/me"))
    answer = browser.post(
        "/me/choices",
        content=f"csrf={csrf}&looks=dark",
        headers={"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
    )
    assert answer.status_code == 303


def test_no_stream_is_had_that_would_outlive_its_session(served: Served) -> None:
    browser = served.signed_in("forever", Role.VIEWER)
    for wanted in ("*/*", "text/html"):
        assert browser.get("/live/doors", headers={"Accept": wanted}).status_code == 406


def test_a_form_that_comes_slowly_is_worth_nothing_once_its_sender_is_signed_out(
    served: Served,
) -> None:
    browser = served.signed_in("fired", Role.ADMINISTRATOR)
    body = f"csrf={csrf_of(browser.get('/me'))}&name=back-door&role=administrator".encode()
    with socket.create_connection(("127.0.0.1", served.port), 10) as connection:
        connection.sendall(
            f"POST /accounts/add HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {_cookie(browser)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body[:-1]
        )
        time.sleep(0.3)
        served.accounts.change("fired", SHELL, enabled=False, even_the_last=True)
        connection.sendall(body[-1:])
        answer = connection.recv(100)

    assert b" 401 " in answer
    with pytest.raises(AccountRefused):
        served.accounts.find("back-door")


def test_one_account_has_few_streams_however_it_asks(served: Served) -> None:
    browser = served.signed_in("many", Role.VIEWER)
    listening = {"Accept": "text/event-stream"}

    async def ask_all() -> Counter[bool]:
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(
            base_url=served.url, cookies=dict(browser.cookies), limits=limits, timeout=20
        ) as client:

            async def lasts() -> bool:
                async with client.stream("GET", "/live", headers=listening) as answer:
                    lines = answer.aiter_lines()
                    try:
                        async with asyncio.timeout(3):
                            async for _ in lines:
                                pass
                    except TimeoutError:
                        return answer.status_code == 200
                    return False

            return Counter(await asyncio.gather(*(lasts() for _ in range(60))))

    assert asyncio.run(ask_all())[True] == MOST_OF_ONE


def test_what_somebody_types_is_not_kept_for_others(served: Served) -> None:
    """4000 pieces of pages are kept: of words that anybody can make up they would be large."""
    browser = served.signed_in("typist", Role.VIEWER)
    browser.get("/now")
    kept = served.console.services.rendered._kept

    before = len(kept)
    for number in range(5):
        browser.get("/now", params={"only": f"{number}"})
        browser.get("/now", params={"text": f"{number}", "group": f"{number}"})
        listening = {"Accept": "text/event-stream"}
        with browser.stream("GET", f"/live/doors/no-{number}", headers=listening) as answer:
            lines = answer.iter_lines()
            while "away" not in next(lines):
                pass

    assert len(kept) == before


def test_one_address_does_not_take_every_connection(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_headers, "MOST_OF_ONE", 20)
    with contextlib.ExitStack() as held:
        connections = [
            held.enter_context(socket.create_connection(("127.0.0.1", served.port), 10))
            for _ in range(40)
        ]
        shut = 0
        for connection in connections:
            connection.settimeout(0.05)
            with contextlib.suppress(TimeoutError):
                shut += connection.recv(1) == b""

    assert 20 <= shut < 40


@pytest.mark.parametrize("rows", ["999999999", "9" * 5000, "²", "-1"])
def test_a_form_is_not_made_as_long_as_somebody_says(served: Served, rows: str) -> None:
    browser = served.signed_in(f"rows-{len(rows)}-{ord(rows[0])}", Role.ADMINISTRATOR)
    fields = {"csrf": csrf_of(browser.get("/me")), "rows": rows, "more": "yes"}
    answer = browser.post("/rules/add-hours", data=fields)
    assert answer.status_code == 200
    assert len(answer.text) < 300_000


def test_photos_that_nobody_comes_back_for_are_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "TIDY_S", 0.1)
    provisioning.create_site(tmp_path / "site", hosts=("127.0.0.1",), admins=("alice",))
    with serving(tmp_path / "data", Site.load(tmp_path / "site")) as served:
        browser = served.signed_in("importer", Role.ADMINISTRATOR)
        files = {
            "people": ("list.csv", b"name,card\nZebedee Quill,480000000017\n"),
            "photos": ("480000000017.jpg", b"a face"),
        }
        csrf = csrf_of(browser.get("/me"))
        begun = browser.post("/import", data={"csrf": csrf}, files=files)
        assert begun.status_code == 303
        sent = tmp_path / "data" / "imports"
        assert list(sent.rglob("*.jpg"))
        _until(lambda: served.console.services.desks.imports.all()[0].waiting)

        served.idle(25 * 60)

        _until(lambda: not list(sent.rglob("*.jpg")))


def _until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
