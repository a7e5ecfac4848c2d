"""Every topic stands once, and a name belongs to one of them at most."""

from __future__ import annotations

from typing import Any

import pytest
from doorbus_strategies import DOORS
from hypothesis import given

from doorbus import topics
from doorbus.memory import matches
from doorbus.topics import Form, Party, Topic


def test_the_list_of_all_holds_every_topic_once() -> None:
    named = [one for one in vars(topics).values() if isinstance(one, Topic)]

    assert sorted(one.template for one in named) == sorted(one.template for one in topics.ALL)
    assert len({one.template for one in topics.ALL}) == len(topics.ALL)


@pytest.mark.parametrize("topic", topics.ALL, ids=lambda topic: topic.template)
def test_a_topic_knows_its_own_names_and_no_other_topic_does(topic: Topic[Any]) -> None:
    level = "admin.alice" if "{admin}" in topic.template else "front"
    names = {topic.name(level), topic.name()} - {topic.template if "{" in topic.template else ""}

    for name in names:
        assert [one.template for one in topics.ALL if one.matches(name)] == [topic.template]


@given(DOORS)
def test_the_level_comes_back_out_of_the_name(door: str) -> None:
    for topic in topics.ALL:
        if "{door}" in topic.template:
            assert topic.level(topic.name(door)) == door


@pytest.mark.parametrize("topic", topics.ALL, ids=lambda topic: topic.template)
def test_the_filter_hears_every_level_and_not_the_bare_topic(topic: Topic[Any]) -> None:
    if "{" in topic.template:
        assert matches(topic.filter, topic.name("front"))
        assert topic.bare is None or not matches(topic.filter, topic.bare)
    else:
        assert topic.filter == topic.template


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        (topics.VERDICT, "verdict"),
        (topics.VERDICT, "verdict/"),
        (topics.VERDICT, "verdict/Front"),
        (topics.VERDICT, "verdict/a/b"),
        (topics.VERDICT, "site/verdict/front"),
        (topics.VERDICT, "verdict/front\n"),
        (topics.DOOR_EVENT, "door/front/event/more"),
        (topics.DOOR_EVENT, "door//event"),
        (topics.REQUEST, "admin/users/response"),
        (topics.REQUEST, "admin/users/front"),
        (topics.RESPONSE, "admin/users/front/response"),
        (topics.BRAIN_EVENT, "brain/events"),
    ],
)
def test_what_only_looks_like_a_topic_is_none(topic: Topic[Any], name: str) -> None:
    assert not topic.matches(name)
    assert topic.level(name) is None


def test_a_topic_without_a_level_has_none() -> None:
    assert topics.BRAIN_EVENT.level("brain/event") is None
    assert topics.ENROL_FRAME.level("frames/enroll") is None


def test_only_states_are_retained() -> None:
    words = {one.template for one in topics.ALL if one.form is Form.TEXT}

    kept = {one.template for one in topics.ALL if one.retain}

    assert kept == words | {topics.DOOR_HEALTH.template}


def test_only_what_a_door_goes_on_telling_expires() -> None:
    assert [one.template for one in topics.ALL if one.expiry_s is not None] == [
        topics.DOOR_HEALTH.template
    ]


def test_everything_that_can_move_a_lock_or_a_gallery_is_signed() -> None:
    between = [
        one
        for one in topics.ALL
        if not one.retain and {one.writer, *one.readers} >= {Party.DOOR, Party.BRAIN}
    ]

    assert all(one.signed for one in between)
    assert topics.VERDICT in between
    assert topics.ENROL_FRAME in between


def test_no_monitor_reads_faces_of_a_visit_commands_or_challenges() -> None:
    for topic in (topics.RECOGNIZE, topics.COMMAND, topics.ACK, topics.CHALLENGE, topics.REQUEST):
        assert Party.MONITOR not in topic.readers
        assert Party.ADMIN not in topic.readers
