"""Which encoder answers doors when the brain starts, on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from brain_world import PaintedEncoder
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from brain.core.access import Resident
from brain.core.training import TrainingRule
from brain.errors import BrainError
from brain.first_encoding import deputys_encoding, first_encoding
from brain.parts import Encoding
from brain.store_ports import TemplateSet
from matching.decision import MatchRule


def encoding(identity: str) -> Encoding:
    return Encoding(
        identity,
        f"recipe of {identity}",
        PaintedEncoder,
        MatchRule(0.5, 0.1, 0.1),
        None,
        TrainingRule(),
    )


COMING, BEFORE = encoding("net+2"), encoding("net+1")


def nothing_before(_: str) -> Encoding | None:
    return None


def again(recipe: str) -> Encoding | None:
    return BEFORE if recipe == BEFORE.recipe else None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path / 'doorward.sqlite'}", KEYS)
    store.start()
    yield store
    store.stop()


def enrolled(store: SqlStore, encoder: str, recipe: str | None = None) -> None:
    with store.work() as work:
        work.residents.add(Resident("r-1", "Ann", "000000000001"))
        work.templates.replace("r-1", TemplateSet(encoder, np.eye(2, 3, dtype=np.float32), (0, 1)))
        if recipe is not None:
            work.templates.set_encoder(encoder, recipe)


def test_an_empty_site_begins_with_the_configured_encoder_and_remembers_it(store: SqlStore) -> None:
    assert first_encoding(store, COMING, nothing_before) is COMING

    with store.work() as work:
        assert work.templates.encoder() == COMING.identity
        assert work.templates.recipe(COMING.identity) == COMING.recipe


def test_doors_are_answered_by_the_encoder_that_made_the_templates(store: SqlStore) -> None:
    enrolled(store, BEFORE.identity, BEFORE.recipe)

    assert first_encoding(store, COMING, again) is BEFORE

    with store.work() as work:
        assert work.templates.encoder() == BEFORE.identity


def test_an_encoder_that_cannot_be_had_or_came_out_another_answers_nobody(store: SqlStore) -> None:
    enrolled(store, BEFORE.identity, BEFORE.recipe)

    assert first_encoding(store, COMING, nothing_before) is None
    assert first_encoding(store, COMING, lambda _: encoding("net+3")) is None


def test_templates_of_a_mere_name_are_the_configured_encoders_of_that_name(store: SqlStore) -> None:
    enrolled(store, "net")

    assert first_encoding(store, COMING, nothing_before) is COMING

    with store.work() as work:
        assert work.templates.holders(COMING.identity) == 1


def test_templates_of_another_name_without_a_recipe_are_compared_with_nothing(
    store: SqlStore,
) -> None:
    enrolled(store, "stranger")

    assert first_encoding(store, COMING, again) is None


def test_a_deputy_answers_with_the_gallerys_encoder_and_changes_nothing(store: SqlStore) -> None:
    enrolled(store, BEFORE.identity, BEFORE.recipe)

    assert deputys_encoding(store, COMING, again) is BEFORE
    assert deputys_encoding(store, BEFORE, nothing_before) is BEFORE

    with store.work() as work:
        assert work.templates.encoder() == BEFORE.identity


def test_a_deputy_without_the_gallerys_encoder_does_not_start(store: SqlStore) -> None:
    enrolled(store, BEFORE.identity, BEFORE.recipe)

    with pytest.raises(BrainError, match=r"^encoder: .*net\+1"):
        deputys_encoding(store, COMING, nothing_before)
