"""The console's HTTP against whoever sends too much, too slowly, too often or to elsewhere."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from console_routes import guarded
from console_served import (
    PASSWORD,
    SHELL,
    Served,
    accept,
    csrf_of,
    is_signed_in,
    serving,
    sign_in,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from console import slow_headers
from console.config import ListenSettings
from console.web.routes import page
from console.web.security import POLICY
from doorbus.messages.console import Role
from doorctl import provisioning
from doorctl.site import Site

STRICT = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Certificates for the console's line, which leads nowhere here."""
    folder = tmp_path_factory.mktemp("site") / "site"
    provisioning.create_site(folder, hosts=("127.0.0.1",), admins=("alice",))
    return Site.load(folder)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[Served]:
    """A console that believes a proxy on loopback, so that tests have addresses of their own."""
    listen = ListenSettings(port=0, proxies=("127.0.0.1",))
    folder = tmp_path_factory.mktemp("console")
    with serving(folder, site, listen=listen, also=_with_pages_of_the_test) as running:
        yield running


@pytest.fixture(scope="module")
def member(served: Served) -> httpx.Client:
    """A browser in which an administrator is signed in."""
    return served.signed_in("member")


def _with_pages_of_the_test(app: Starlette) -> None:
    async def fails(_: Request) -> Response:
        raise RuntimeError("a card number that must not be shown: 202600000017")

    async def length(request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    # Before the pages of the console, one of which may take whatever is left.
    app.router.routes[:0] = [
        page("/test/fails", fails),
        page("/test/small", length, methods=("POST",), most_bytes=1000, patience_s=0.3),
        page("/test/large", length, methods=("POST",), most_bytes=2_000_000),
    ]


def strict(answer: httpx.Response) -> bool:
    """Whether an answer has every header that each has."""
    return {name: answer.headers.get(name) for name in STRICT} == STRICT


# Headers


def test_every_answer_of_every_route_has_strict_headers_and_stays_in_no_cache(
    served: Served,
    member: httpx.Client,
) -> None:
    browser = member
    for one in guarded(served.console.app):
        if one.path.startswith("/live") or one.path == "/sign-out":
            continue
        answer = browser.request(one.method, one.url)
        assert strict(answer), one
        assert answer.headers["cache-control"] == "no-store", one
        assert "server" not in answer.headers, one


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "/static/nowhere.css", {}, 404),
        ("GET", "/static/../console.yaml", {}, 404),
        ("GET", "/static/%2e%2e/%2e%2e/pyproject.toml", {}, 404),
        ("DELETE", "/accounts", {}, 405),
        ("GET", "/test/fails", {}, 500),
        ("GET", "/accounts", {"Host": "evil.example"}, 421),
        ("GET", "/static/console.css", {"Host": "evil.example"}, 421),
        ("POST", "/accounts/add", {}, 403),
        ("POST", "/test/small", {"Content-Length": "1001"}, 413),
    ],
)
def test_errors_have_strict_headers_too(
    member: httpx.Client,
    method: str,
    path: str,
    *,
    headers: dict[str, str],
    status: int,
) -> None:
    content = b"x" * 1001 if status == 413 else b""
    answer = member.request(method, path, headers=headers, content=content)
    assert answer.status_code == status
    assert strict(answer)


def test_a_page_that_fails_shows_nothing_of_why(member: httpx.Client) -> None:
    answer = member.get("/test/fails")
    assert answer.status_code == 500
    assert "202600000017" not in answer.text
    assert "RuntimeError" not in answer.text


def test_a_stream_has_strict_headers(member: httpx.Client) -> None:
    with member.stream("GET", "/live", headers={"Accept": "text/event-stream"}) as answer:
        assert answer.status_code == 200
        assert strict(answer)
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", ""],
)
def test_a_name_that_is_not_the_consoles_is_answered_nothing(served: Served, host: str) -> None:
    answer = served.browser().get("/sign-in", headers={"Host": host})
    assert answer.status_code in {400, 421}
    assert "password" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8443", "127.0.0.1", "[::1]:8443"])
def test_a_name_that_is_the_consoles_is_answered(served: Served, host: str) -> None:
    assert served.browser().get("/sign-in", headers={"Host": host}).status_code == 200


# Cookies, with TLS and without


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(served: Served) -> None:
    browser = served.browser()
    asked = browser.get("/sign-in")
    given = sign_in(browser, "member")
    cookies = asked.headers.get_list("set-cookie") + given.headers.get_list("set-cookie")
    assert len(cookies) == 3
    for cookie in cookies:
        assert "; HttpOnly" in cookie
        assert "; Path=/" in cookie
        assert "; SameSite=lax" in cookie
        assert "Domain" not in cookie
    assert not any("Max-Age" in one for one in cookies if "session" in one)


def test_with_tls_cookies_are_bound_to_this_host_and_to_tls(tmp_path: Path, site: Site) -> None:
    certificate, key = _certificate(tmp_path, "doors.example")
    listen = ListenSettings(port=0, certificate=certificate, key=key)
    trusted = ssl.create_default_context(cafile=str(certificate))
    with serving(tmp_path / "data", site, listen=listen) as served:
        browser = served.browser(verify=trusted)
        answer = accept(browser, served.invited("alice", Role.VIEWER))
        cookies = answer.headers.get_list("set-cookie")
        named = browser.get("/sign-in", headers={"Host": "doors.example"})
        other = browser.get("/sign-in", headers={"Host": "other.example"})

        assert served.url.startswith("https://")
        assert is_signed_in(browser)
        assert len(cookies) == 2
        assert all(one.startswith("__Host-") and "; Secure" in one for one in cookies)
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
        assert named.status_code in {200, 303}
        assert other.status_code == 421


def test_behind_a_proxy_with_tls_cookies_are_as_with_tls(tmp_path: Path, site: Site) -> None:
    listen = ListenSettings(port=0, address="https://doors.example", proxies=("127.0.0.1",))
    with serving(tmp_path / "data", site, listen=listen) as served:
        link = served.invited("alice", Role.ADMINISTRATOR)
        assert served.url == "https://doors.example"
        browser = _through_proxy(served)
        form = browser.get(link)
        csrf = csrf_of(form)
        cookie = form.headers["set-cookie"]
        own = {"Origin": "https://doors.example", "Cookie": cookie.split(";")[0]}
        data = {"csrf": csrf, "password": PASSWORD, "again": PASSWORD}
        answer = browser.post(link, data=data, headers=own)

        assert cookie.startswith("__Host-doorward-form=")
        assert "; Secure" in cookie
        assert answer.status_code == 303
        assert "strict-transport-security" in answer.headers


def test_an_address_is_believed_of_a_proxy_alone(tmp_path: Path, site: Site) -> None:
    with serving(tmp_path / "data", site) as served:
        browser = served.signed_in("alice")
        sign_in(served.browser(headers={"X-Forwarded-For": "203.0.113.77"}), "alice")
        assert "203.0.113.77" not in browser.get("/me").text


# Guessing


def from_address(served: Served, address: str) -> httpx.Client:
    return served.browser(headers={"X-Forwarded-For": address})


def test_guessing_is_slowed_down_and_keeps_nobody_else_out(served: Served) -> None:
    at_home = from_address(served, "203.0.113.1")
    accept(at_home, served.invited("guessed", Role.PORTER))
    stranger = from_address(served, "198.51.100.1")

    answers = [sign_in(stranger, "guessed", f"wrong password {n}") for n in range(7)]
    right_but_late = sign_in(stranger, "guessed")
    elsewhere = sign_in(from_address(served, "203.0.113.2"), "guessed")
    at_home.cookies.delete("doorward-session")
    at_the_known_browser = sign_in(at_home, "guessed")
    somebody_else = sign_in(from_address(served, "203.0.113.3"), "member")

    assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert right_but_late.status_code == 429
    assert elsewhere.status_code == 303
    assert at_the_known_browser.status_code == 303
    assert somebody_else.status_code == 303


def test_a_flood_of_guesses_stops_neither_pages_nor_a_known_browser(
    served: Served, member: httpx.Client
) -> None:
    known = from_address(served, "203.0.113.50")
    accept(known, served.invited("flooded", Role.PORTER))
    over = threading.Event()
    sent: list[int] = []

    def flood(number: int) -> None:
        stranger = from_address(served, f"198.51.{100 + number}.1")
        csrf = csrf_of(stranger.get("/sign-in"))
        while not over.is_set():
            data = {"csrf": csrf, "name": "flooded", "password": f"wrong password {len(sent)}"}
            sent.append(stranger.post("/sign-in", data=data).status_code)

    threads = [threading.Thread(target=flood, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    try:
        until = time.monotonic() + 60
        while 429 not in sent and time.monotonic() < until:
            time.sleep(0.05)
        begun = time.monotonic()
        page_shown = member.get("/me")
        page_s = time.monotonic() - begun
        known.cookies.delete("doorward-session")
        signed_in = sign_in(known, "flooded")
    finally:
        over.set()
        for thread in threads:
            thread.join(20)

    assert page_shown.status_code == 200
    assert page_s < 10
    assert signed_in.status_code == 303
    assert 429 in sent
    # 5 from each address, but 20 for the account; what the flood's own seconds added comes on top.
    assert sum(status == 422 for status in sent) <= 30


# Bodies and connections


def test_a_body_that_says_it_is_too_large_is_not_read(served: Served, member: httpx.Client) -> None:
    with _raw(served) as connection:
        connection.sendall(
            f"POST /test/large HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {_cookie(member)}\r\n"
            f"X-CSRF-Token: {_token(member)}\r\nContent-Length: 99999999999\r\n\r\n".encode()
        )
        assert b" 413 " in connection.recv(100)


def test_a_body_that_does_not_say_how_large_it_is_is_cut_off(
    served: Served, member: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_headers, "HEADERS_S", 0.5)
    piece = b"ea60\r\n" + b"x" * 60_000 + b"\r\n"
    with _raw(served) as connection:
        connection.sendall(
            f"POST /test/large HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {_cookie(member)}\r\n"
            f"X-CSRF-Token: {_token(member)}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        for _ in range(40):
            connection.sendall(piece)
        answer = connection.recv(100)
        with pytest.raises(ConnectionError):  # the answer is there, and nobody listens any more
            _send_for_ever(connection, piece)
    assert b" 413 " in answer


def test_a_body_within_its_limit_is_taken(member: httpx.Client) -> None:
    answer = member.post(
        "/test/large", content=b"x" * 2_000_000, headers={"X-CSRF-Token": _token(member)}
    )
    assert answer.text == "2000000"


@pytest.mark.parametrize("path", ["/accounts/add", "/me/password", "/sign-in"])
def test_no_form_takes_a_huge_body(member: httpx.Client, path: str) -> None:
    answer = member.post(
        path, data={"name": "x" * 300_000}, headers={"X-CSRF-Token": _token(member)}
    )
    assert answer.status_code == 413


def test_a_number_of_thousands_of_digits_is_no_page(member: httpx.Client) -> None:
    assert member.get(f"/log/{'9' * 5000}").status_code == 404


def test_a_stranger_is_refused_before_the_body_is_read(served: Served) -> None:
    with _raw(served) as connection:
        connection.sendall(
            b"POST /test/large HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n"
        )
        assert b" 401 " in connection.recv(100)


def test_a_form_of_very_many_fields_is_refused(member: httpx.Client) -> None:
    fields = {f"f{number}": "x" for number in range(5000)}
    answer = member.post("/accounts/add", data={"csrf": _token(member), **fields})
    assert answer.status_code == 400
    assert strict(answer)


def test_a_body_that_stalls_is_given_up(served: Served, member: httpx.Client) -> None:
    with _raw(served) as connection:
        connection.sendall(
            f"POST /test/small HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {_cookie(member)}\r\n"
            f"X-CSRF-Token: {_token(member)}\r\nContent-Length: 100\r\n\r\nfew".encode()
        )
        assert b" 408 " in connection.recv(100)


def test_a_body_that_trickles_is_given_up(served: Served, member: httpx.Client) -> None:
    with _raw(served) as connection:
        connection.sendall(
            f"POST /test/small HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {_cookie(member)}\r\n"
            f"X-CSRF-Token: {_token(member)}\r\nContent-Length: 100\r\n\r\n".encode()
        )
        connection.settimeout(0.05)
        answer = b""
        for _ in range(100):
            with contextlib.suppress(TimeoutError):
                answer = connection.recv(100)
                break
            connection.sendall(b"x")
        assert b" 408 " in answer


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
def test_headers_that_never_end_are_given_up(
    served: Served, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_headers, "HEADERS_S", 0.3)
    with _raw(served) as connection:
        connection.sendall(sent)
        assert connection.recv(100) == b""


def test_a_connection_may_be_used_again_and_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_headers, "HEADERS_S", 0.2)
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.connect()
    first = connection.sock
    for _ in range(3):
        connection.request("GET", "/static/console.css")
        answer = connection.getresponse()
        answer.read()
        time.sleep(0.3)
        assert answer.status == 200
        assert connection.sock is first
    connection.close()


# Sessions that end


def test_a_stream_ends_with_its_session(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.web.security.STILL_S", 0.2)
    browser = served.signed_in("streaming", Role.VIEWER)
    with browser.stream("GET", "/live", headers={"Accept": "text/event-stream"}) as answer:
        lines = answer.iter_lines()
        first = next(lines)
        served.accounts.change("streaming", SHELL, enabled=False)
        rest = list(lines)
    assert first
    assert rest is not None
    assert browser.get("/live", headers={"Accept": "text/event-stream"}).status_code == 401


def test_an_idle_session_is_asked_to_sign_in_again(tmp_path: Path, site: Site) -> None:
    with serving(tmp_path / "data", site) as served:
        browser = served.signed_in("alice")
        served.idle(minutes=31)
        assert browser.get("/accounts").headers["location"] == "/sign-in?next=%2Faccounts"


def _send_for_ever(connection: socket.socket, piece: bytes) -> None:
    while True:
        connection.sendall(piece)


def _raw(served: Served) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", served.port))
    connection.settimeout(10)
    return connection


def _through_proxy(served: Served) -> httpx.Client:
    browser = httpx.Client(
        base_url=f"http://127.0.0.1:{served.port}",
        headers={
            "Host": "doors.example",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "203.0.113.9",
        },
    )
    served.browsers.append(browser)
    return browser


def _token(member: httpx.Client) -> str:
    return csrf_of(member.get("/me"))


def _cookie(member: httpx.Client) -> str:
    return f"doorward-session={member.cookies['doorward-session']}"


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    paths = folder / "tls.crt", folder / "tls.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
