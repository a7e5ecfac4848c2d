"""Which evidence does a door ask for before it believes in a living person?

Evidence against a living person overrides everything, and what speaks for one adds up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

from edge.core.challenge import LEAST_TURNS
from edge.core.evidence import EvidenceKind


@dataclass(frozen=True, slots=True)
class LivenessPolicy:
    """What a door asks for before it believes in a living person.

    Attributes:
        name: as the configuration has it.
        required: how many pieces of each kind must speak for life, all from one unbroken track.
            Where no challenge is required, one answered (`LEAST_TURNS` turns) counts as a blink.
        real_lock: whether a door with a real lock may run under it.
        heeded: kinds whose word against a living person counts.
        awaited: kinds that must have had their say, whatever it is, before anybody is believed.
    """

    name: str
    required: Mapping[EvidenceKind, int]
    real_lock: bool
    heeded: frozenset[EvidenceKind] = frozenset(EvidenceKind)
    awaited: frozenset[EvidenceKind] = frozenset()


_ONE_BLINK = MappingProxyType({EvidenceKind.BLINK: 1})

POLICIES: Mapping[str, LivenessPolicy] = MappingProxyType(
    {
        "standard": LivenessPolicy("standard", _ONE_BLINK, real_lock=True),
        # An animated portrait is an attack: everything that tells it from a person must be ignored.
        "demo": LivenessPolicy(
            "demo", _ONE_BLINK, real_lock=False, heeded=frozenset({EvidenceKind.CHALLENGE})
        ),
    }
)
"""Policies by the name that the configuration uses."""


class Wanted(Enum):
    """Whether a door looks at texture."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    OFF = "off"


class Challenging(Enum):
    """When a door sets a task."""

    OFF = "off"
    ALWAYS = "always"
    FALLBACK = "fallback"


def equipped(
    policy: LivenessPolicy,
    *,
    close_looks: bool,
    networks: bool,
    texture: Wanted,
    challenge: Challenging,
) -> LivenessPolicy:
    """A policy for a door as it is built and configured.

    Args:
        policy: by its name.
        close_looks: whether the door looks at the pixels of faces.
        networks: whether the texture networks are there and in use.
        texture: what the configuration says of them.
        challenge: when a task is set.
    """
    required = dict(policy.required)
    awaited = set(policy.awaited)
    if close_looks:
        awaited.add(EvidenceKind.SCREEN)
    if networks:
        awaited.add(EvidenceKind.TEXTURE)
    if texture is Wanted.REQUIRED:
        required[EvidenceKind.TEXTURE] = 1
    if challenge is Challenging.ALWAYS:
        required[EvidenceKind.CHALLENGE] = LEAST_TURNS
    return replace(
        policy,
        required=MappingProxyType(required),
        awaited=frozenset(awaited) & policy.heeded,
    )
