"""What are residents recognised by: enrolled templates, former ones, those of visits?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from matching.gallery import Vectors


@dataclass(frozen=True, slots=True, eq=False)
class TemplateSet:
    """What one enrolment gave for a resident.

    Attributes:
        encoder: whose vectors they are.
        vectors: unit length, shape (n, dimensions), float32.
        chosen: the frames that they are of; empty where that was not written down.
        enrolment: which one; empty where it does not matter.
    """

    encoder: str
    vectors: Vectors
    chosen: tuple[int, ...] = ()
    enrolment: str = ""


class Templates(Protocol):
    """What training chose, and which encoder the gallery is of."""

    def all(self, encoder: str) -> dict[str, Vectors]:
        """Each resident's templates made by this encoder, shape (n, dimensions), float32."""
        ...

    def parts(self, encoder: str, damaged: set[str]) -> Iterator[dict[str, Vectors]]:
        """The same, some residents at a time; whose do not open is put into `damaged`."""
        ...

    def of(self, resident: str, encoder: str) -> TemplateSet | None:
        """One resident's templates made by this encoder."""
        ...

    def count(self, resident: str, encoder: str | None = None) -> int:
        """How many one resident has; without `encoder`, of the one that has most."""
        ...

    def replace(self, resident: str, new: TemplateSet) -> None:
        """Set one resident's templates; those of other encoders are of older frames, and go."""
        ...

    def add(self, resident: str, new: TemplateSet) -> None:
        """Set one resident's templates of one encoder, beside those of others."""
        ...

    def chosen(self, resident: str) -> tuple[int, ...]:
        """The frames that the resident's templates are of; empty where that is unknown."""
        ...

    def holders(self, encoder: str) -> int:
        """How many residents have templates made by this encoder."""
        ...

    def enrolled(self, encoder: str) -> frozenset[str]:
        """Who has templates made by this encoder."""
        ...

    def residents(self, *, without: str) -> list[str]:
        """Who has templates, but none made by this encoder."""
        ...

    def encoder(self) -> str | None:
        """Which encoder the gallery is of; None before it was first written down."""
        ...

    def set_encoder(self, encoder: str, recipe: str) -> None:
        """Have the gallery be of this encoder, and keep how to make that encoder again."""
        ...

    def recipe(self, encoder: str) -> str | None:
        """How to make an encoder again."""
        ...

    def adopt(self, name: str, encoder: str) -> None:
        """Call templates that bear a name by this encoder's identity from now on."""
        ...

    def forget_others(self, encoder: str) -> None:
        """Delete other encoders' templates of everybody who has some of this one."""
        ...

    def version(self) -> int:
        """Version of the gallery."""
        ...

    def next_version(self) -> int:
        """Raise the version and return it."""
        ...


class FormerTemplates(Protocol):
    """The templates that a resident had before the last re-enrolment; one set each at most."""

    def keep(self, resident: str, old: TemplateSet, at: float) -> None:
        """Keep a set instead of an older one."""
        ...

    def of(self, resident: str) -> TemplateSet | None:
        """The set that can be put back."""
        ...

    def drop(self, resident: str) -> None:
        """Give it up."""
        ...

    def enrolments(self) -> set[str]:
        """Enrolments whose sets are kept, and whose frames therefore are."""
        ...

    def forget_others(self, encoder: str) -> list[str]:
        """Give up the sets of other encoders; the enrolments that they were of."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Renewed:
    """A template that a confirmed visit gave.

    Attributes:
        vector: unit length, shape (dimensions,), float32.
        at: when, seconds since 1970.
        door: where.
        visit: the visit's number there.
    """

    vector: Vectors
    at: float
    door: str
    visit: int


class Renewals(Protocol):
    """Templates that confirmed visits gave, apart from enrolled ones."""

    def all(self, encoder: str, damaged: set[str]) -> dict[str, Vectors]:
        """Each resident's, the oldest first, shape (n, dimensions), float32.

        Whose do not open is put into `damaged`.
        """
        ...

    def of(self, resident: str, encoder: str) -> list[Renewed]:
        """One resident's, the oldest first."""
        ...

    def add(self, resident: str, encoder: str, new: Renewed, most: int) -> None:
        """Add one; the oldest beyond `most` go."""
        ...

    def take_back(self, resident: str, since: float) -> int:
        """Delete those made since then, and say how many they were."""
        ...

    def drop(self, resident: str) -> int:
        """Delete all of a resident's, and say how many they were."""
        ...

    def forget_others(self, encoder: str) -> None:
        """Delete those of other encoders."""
        ...


class Marks(Protocol):
    """What tells one state of a resident's templates from another."""

    def all(self, encoder: str) -> dict[str, bytes]:
        """A mark for each resident with templates made by this encoder.

        It is another one after every change, also of what visits gave.
        """
        ...
