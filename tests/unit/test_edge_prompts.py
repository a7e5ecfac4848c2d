"""What is shown where a fire, a lock-down or an open door says more than the visit does."""

from __future__ import annotations

import itertools

import pytest

from doorbus.messages import DoorPrompt
from edge.core.gate import Mode
from edge.core.prompts import Prompt, shown


@pytest.mark.parametrize(("prompt", "held_open"), list(itertools.product(Prompt, (False, True))))
def test_in_a_fire_and_an_evacuation_everybody_is_told_to_leave(
    prompt: Prompt, held_open: bool
) -> None:
    for mode in (Mode.FIRE, Mode.EVACUATION):
        assert shown(prompt, mode, held_open=held_open) is Prompt.LEAVE


@pytest.mark.parametrize("prompt", Prompt)
def test_in_a_lock_down_everybody_is_told_that_the_door_stays_shut(prompt: Prompt) -> None:
    assert shown(prompt, Mode.LOCK_DOWN, held_open=False) is Prompt.STAYS_SHUT


def test_every_prompt_has_a_code_of_its_own_and_every_code_a_prompt() -> None:
    assert {prompt.code for prompt in Prompt} == set(DoorPrompt)


@pytest.mark.parametrize("prompt", Prompt)
def test_on_usual_days_the_visit_is_shown_as_it_is(prompt: Prompt) -> None:
    assert shown(prompt, Mode.NORMAL, held_open=False) is prompt


@pytest.mark.parametrize("prompt", [Prompt.IDLE, Prompt.LOOK_HERE])
def test_who_is_asked_for_nothing_in_particular_is_asked_in_or_to_close_the_door(
    prompt: Prompt,
) -> None:
    assert shown(prompt, Mode.OFFICE, held_open=False) is Prompt.COME_IN
    assert shown(prompt, Mode.NORMAL, held_open=True) is Prompt.CLOSE_DOOR


def test_office_mode_does_not_hide_what_a_visit_asks() -> None:
    assert shown(Prompt.BLINK, Mode.OFFICE, held_open=False) is Prompt.BLINK
