"""For which account a console asks, and what its role may."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorbus import codec, speaking, topics
from doorbus import messages as m
from doorbus.bus import Wire
from doorbus.errors import MessageError

ROLES = st.sampled_from(m.Role)


def request() -> Wire:
    return codec.encode(topics.REQUEST, m.ListNames(op="access"), "console.main")


def test_who_speaks_arrives_beside_the_request_and_leaves_it_as_it_is() -> None:
    wire = speaking.for_account(request(), "alice", m.Role.PORTER)

    assert wire.properties == {"account": "alice", "role": "porter"}
    assert speaking.speaker_of(wire) == m.Speaker(account="alice", role=m.Role.PORTER)
    assert codec.decode(topics.REQUEST, wire) == m.ListNames(op="access")


def test_an_administrators_request_names_no_account() -> None:
    assert speaking.speaker_of(request()) is None


@pytest.mark.parametrize(
    "said",
    [
        {"account": "alice"},
        {"role": "porter"},
        {"account": "alice", "role": "king"},
        {"account": "alice", "role": ""},
        {"account": "Alice", "role": "viewer"},
        {"account": "", "role": "viewer"},
        {"account": "a/b", "role": "viewer"},
        {"account": "a" * 33, "role": "viewer"},
        {"account": "alice\n", "role": "viewer"},
    ],
    ids=repr,
)
def test_half_a_speaker_or_a_wrong_one_is_refused_without_its_value(said: dict[str, str]) -> None:
    wire = Wire("admin/users/console.main", b"{}", said)

    with pytest.raises(MessageError) as refused:
        speaking.speaker_of(wire)

    assert "belong together" in str(refused.value)
    assert "king" not in str(refused.value)
    assert "Alice" not in str(refused.value)


def test_no_request_goes_out_for_an_account_that_cannot_be() -> None:
    with pytest.raises(MessageError, match="an account is"):
        speaking.for_account(request(), "Alice Smith", m.Role.VIEWER)


# --- roles ---------------------------------------------------------------------------------------


@given(one=ROLES, other=ROLES, op=st.text(max_size=12))
def test_the_lower_of_two_roles_may_what_both_may(one: m.Role, other: m.Role, op: str) -> None:
    lower = m.lower(one, other)

    assert m.may(lower, op) == (m.may(one, op) and m.may(other, op))
    assert lower == m.lower(other, one)


@pytest.mark.parametrize(
    "op", ["unlock", "list", "show", "remove", "lockdown", "release", "passes"]
)
def test_a_viewer_opens_nothing_and_sees_nobody(op: str) -> None:
    assert not m.may(m.Role.VIEWER, op)


@pytest.mark.parametrize(
    "op", ["lockdown", "release", "evacuate", "add", "enroll", "pass", "export"]
)
def test_a_porter_changes_nobody_and_commands_no_site(op: str) -> None:
    assert not m.may(m.Role.PORTER, op)


def test_whatever_comes_to_be_is_for_administrators_until_somebody_says_otherwise() -> None:
    assert [role for role in m.Role if m.may(role, "an-op-of-tomorrow")] == [m.Role.ADMINISTRATOR]
