"""Which commands and orders count."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from doorbus.messages import Order, OrderAction
from edge.core.orders import (
    MOST_OUTSTANDING,
    VALID_S,
    Orders,
    challenged,
    disconnected,
    take_command,
    take_order,
)

CHALLENGE = "ab" * 16


def order(name: str = "o-1", challenge: str = CHALLENGE) -> Order:
    return Order(order=name, challenge=challenge, action=OrderAction.UNLOCK, hold_s=5.0)


def test_commands_count_in_rising_order_only() -> None:
    orders = Orders()

    first = take_command(orders, 0)
    repeated = take_command(first.orders, 0)
    next_one = take_command(first.orders, 7)
    overtaken = take_command(next_one.orders, 6)

    assert first.refusal is None
    assert repeated.refusal == overtaken.refusal == "a repeated or overtaken command"
    assert next_one.refusal is None


def test_an_order_with_its_challenge_counts_once() -> None:
    orders = challenged(Orders(), "o-1", CHALLENGE, 10.0)

    first = take_order(orders, order(), 11.0)
    second = take_order(first.orders, order(), 11.1)

    assert first.refusal is None
    assert second.refusal == "an order without a challenge of this door"


def test_a_late_order_is_refused_and_its_challenge_gone() -> None:
    orders = challenged(Orders(), "o-1", CHALLENGE, 10.0)

    late = take_order(orders, order(), 10.0 + VALID_S)

    assert late.refusal == "an order that came too late"
    assert late.orders.outstanding == ()


def test_an_order_with_the_challenge_of_another_order_is_refused_and_uses_nothing_up() -> None:
    orders = challenged(Orders(), "o-1", CHALLENGE, 10.0)

    refused = take_order(orders, order("o-2"), 10.5)

    assert refused.refusal is not None
    assert take_order(refused.orders, order(), 10.6).refusal is None


def test_a_disconnect_voids_every_challenge() -> None:
    orders = disconnected(challenged(Orders(), "o-1", CHALLENGE, 10.0))

    assert take_order(orders, order(), 10.1).refusal is not None


def test_a_second_challenge_for_an_order_replaces_the_first() -> None:
    orders = challenged(Orders(), "o-1", CHALLENGE, 10.0)
    orders = challenged(orders, "o-1", "cd" * 16, 10.5)

    assert take_order(orders, order(), 10.6).refusal is not None
    assert take_order(orders, order(challenge="cd" * 16), 10.6).refusal is None


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 5)), max_size=60))
def test_challenges_kept_are_few_and_fresh(asked: list[tuple[int, float]]) -> None:
    orders, now = Orders(), 0.0

    for name, after in asked:
        now += after
        orders = challenged(orders, f"o-{name}", CHALLENGE, now)

        assert len(orders.outstanding) <= MOST_OUTSTANDING
        assert all(one.until > now for one in orders.outstanding)
        assert len({one.order for one in orders.outstanding}) == len(orders.outstanding)
