"""Which encoder answers doors when the brain starts?

The one that made the gallery's templates, which need not be the configured one. Where it cannot be
had, or its file is not what it was, every visit is refused until all residents' frames are embedded
by the configured one: templates are never compared with vectors of other weights.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from brain.errors import BrainError
from brain.parts import Encoding
from brain.store_ports import PeopleStore, Work

_log = structlog.get_logger()


def first_encoding(
    store: PeopleStore, coming: Encoding, former: Callable[[str], Encoding | None]
) -> Encoding | None:
    """The encoder of the gallery; None where it cannot be had, so that all visits are refused.

    Args:
        store: opened; takes note of the configured encoder where the gallery is of it.
        coming: the configured encoder.
        former: makes the encoder of a recipe again; None where it cannot be had.

    Raises `StoreError`.
    """
    with store.work() as work:
        kept = _gallerys(work, coming)
        recipe = None if kept is None else work.templates.recipe(kept)
    if kept == coming.identity:
        return coming
    made = None if recipe is None else former(recipe)
    if made is not None and made.identity == kept:
        return made
    _log.error(
        "the encoder of this gallery is gone or another file than it was: every visit "
        "is refused until all residents' frames are embedded by the configured one",
        gallery=kept or "unknown",
        configured=coming.identity,
    )
    return None


def deputys_encoding(
    store: PeopleStore, configured: Encoding, former: Callable[[str], Encoding | None]
) -> Encoding:
    """The encoder of the gallery, which a deputy never changes.

    Args: as of `first_encoding`.

    Raises:
        StoreError: the database cannot be read.
        BrainError: that encoder cannot be had here.
    """
    with store.work() as work:
        kept = work.templates.encoder()
        recipe = None if kept is None else work.templates.recipe(kept)
    if kept is None or kept == configured.identity:
        return configured
    made = None if recipe is None else former(recipe)
    if made is None or made.identity != kept:
        raise BrainError(
            f"encoder: this site's gallery is of {kept}, which cannot be had here, and a brain of "
            f"rank deputy changes nothing (configured: {configured.identity}). Set `encoder` as "
            "the first brain has it, put that encoder's files here, and start again"
        )
    _log.warning(
        "a deputy answers with the encoder of the gallery, not with the configured one",
        gallery=kept,
        configured=configured.identity,
    )
    return made


def _gallerys(work: Work, coming: Encoding) -> str | None:
    """Whose templates doors are answered by; None where nobody wrote that down."""
    kept = work.templates.encoder()
    if kept is None:
        # Written before identities were: by the name alone it is the same encoder.
        work.templates.adopt(coming.identity.partition("+")[0], coming.identity)
        behind = work.templates.residents(without=coming.identity)
        if work.templates.holders(coming.identity) or not behind:
            kept = coming.identity
    if kept == coming.identity:
        work.templates.set_encoder(coming.identity, coming.recipe)
    return kept
