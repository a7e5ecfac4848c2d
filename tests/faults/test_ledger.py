"""Would the ledger see it? What the cases are judged by finds what it is there for."""

from __future__ import annotations

import socket
import threading
import time
from datetime import UTC, datetime

from ledger import Books, held_too_long, unexplained
from relay import HOST, FaultyRelay

from edge.adapters.actuator_simulated import Transition

NOW = 1_000_000.0


def moved(state: str, after_s: float) -> Transition:
    wall = datetime.fromtimestamp(NOW + after_s, UTC).isoformat()
    return Transition(state, after_s, wall, 1)


def opened(*at: float, hold_s: float = 0.4) -> list[Transition]:
    return [
        moved(state, start + more)
        for start in at
        for state, more in (("UNLOCKED", 0.0), ("LOCKED", hold_s))
    ]


def test_an_opening_without_a_cause_is_unexplained() -> None:
    assert [move.monotonic for move in unexplained(opened(1, 20), [NOW + 0.9])] == [20]


def test_a_cause_explains_one_opening_only() -> None:
    assert [move.monotonic for move in unexplained(opened(1, 2), [NOW + 0.9])] == [2]


def test_a_cause_that_comes_after_the_opening_explains_nothing() -> None:
    assert len(unexplained(opened(1), [NOW + 2])) == 1


def test_a_hold_that_lasts_or_never_ends_is_too_long() -> None:
    assert held_too_long(opened(1), 0.4) == []
    assert len(held_too_long(opened(1, hold_s=2.0), 0.4)) == 1
    assert len(held_too_long([moved("UNLOCKED", 1)], 0.4)) == 1


def test_an_order_while_a_visit_holds_may_open_for_both() -> None:
    both = opened(1, hold_s=1.3)

    assert held_too_long(both, 0.5, [NOW + 0.9, NOW + 1.4]) == []
    assert len(held_too_long(both, 0.5, [NOW + 0.9])) == 1
    assert len(held_too_long(both, 0.5, [NOW - 3, NOW + 0.9, NOW + 4])) == 1


def test_books_tell_what_was_acknowledged_and_is_gone() -> None:
    books = Books(produced="abcd", acknowledged="ab", stored="acx", waiting="d", dropped=0)

    assert books.lost_though_acknowledged == {"b"}
    assert books.unaccounted == 1
    assert books.invented == {"x"}


def echo(listener: socket.socket) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        with client:
            while data := client.recv(1000):
                client.sendall(data)


def test_a_relay_carries_delays_holds_back_swallows_and_cuts() -> None:
    listener = socket.create_server((HOST, 0))
    threading.Thread(target=echo, args=(listener,), daemon=True).start()
    with listener, FaultyRelay(listener.getsockname()[1]) as relay:
        with socket.create_connection((HOST, relay.port), timeout=5) as client:
            client.sendall(b"a")
            assert client.recv(1) == b"a"

            relay.delay_s = 0.15
            begun = time.monotonic()
            client.sendall(b"b")
            assert client.recv(1) == b"b"
            assert time.monotonic() - begun >= 0.3
            relay.delay_s = 0.0

            relay.stall()
            client.sendall(b"c")
            assert silent(client)
            relay.resume()
            assert client.recv(1) == b"c"

            relay.half_open()
            client.sendall(b"d")
            assert silent(client)
            relay.resume()
            assert client.recv(1) == b""
        with socket.create_connection((HOST, relay.port), timeout=5) as again:
            again.sendall(b"e")
            assert again.recv(1) == b"e"
        listener.shutdown(socket.SHUT_RDWR)


def silent(client: socket.socket) -> bool:
    """Whether nothing comes for a while."""
    client.settimeout(0.3)
    try:
        client.recv(1)
    except TimeoutError:
        return True
    finally:
        client.settimeout(5)
    return False
