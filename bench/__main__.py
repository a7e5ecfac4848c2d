"""`python -m bench`: the benchmarks that `make bench` prints, one after the other.

`python -m bench track system` runs only these; each is also `python -m bench.<part>`, with options
of its own. Exit code 1 where a goal of any is missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from bench.clips import VARIABLE


@dataclass(frozen=True, slots=True)
class Part:
    """One benchmark.

    Attributes:
        says: what it measures.
        needs_data: whether it takes the recordings that `DOORWARD_DATA` names.
        usual: whether it runs where no part is named; the others take long.
    """

    says: str
    needs_data: bool = False
    usual: bool = True


PARTS: Mapping[str, Part] = {
    "track": Part("the edge's loop beside HOG and 68 points", needs_data=True),
    "system": Part("verdicts, training, memory, sleeping and waking of the running daemons"),
    "unlock": Part("an administrator's unlock, from the request to the bolt"),
    "passes": Part("visitors' passes read from the camera, and what looking costs"),
    "away": Part("a door's own matching while the brain is away"),
    "access": Part("what access rules add to a verdict"),
    "speed": Part("a visit's work beside face_recognition's"),
    "console": Part("what doors tell, until the web page shows it; needs Chromium", usual=False),
    "search": Part("search among many residents"),
    "throughput": Part("visits a second of one brain, and of two that divide the doors"),
    "blinks": Part("blinks seen and made up", needs_data=True),
    "attacks": Part("attacks on the door's sight, and swaps of people", needs_data=True),
    "evidence": Part("what each sign of life says of people, replays and photos", needs_data=True),
    "templates": Part("how many templates a resident should have", needs_data=True, usual=False),
    "reencoding": Part("residents a minute when the encoder changes", usual=False),
    "recognition": Part("who is told from whom, beside others", needs_data=True, usual=False),
}


def main() -> int:
    """Run the parts; what each prints goes straight through."""
    usual = [name for name, part in PARTS.items() if part.usual]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}")
    chosen = parser.parse_args().parts or usual
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    short = []
    for name in chosen:
        part = PARTS[name]
        print(f"\n--- {name}: {part.says} (python -m bench.{name})", flush=True)
        if part.needs_data and not os.environ.get(VARIABLE):
            print(f"skipped: set {VARIABLE} to the folder of recordings")
        elif subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode:
            short.append(name)
    if short:
        print(f"\nshort, or not measured: {', '.join(short)}")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
