"""Print every system's figures side by side."""

from __future__ import annotations

import sys

from bench.recognition import embeddings, networks, peers, pictures, protocols
from bench.recognition.rates import Interval

DRAWS = 50


def main() -> int:
    """Measure and print."""
    place = pictures.folder()
    for load in (pictures.ytf, pictures.lfw):
        data = load(place)
        faces = embeddings.found(data)
        print(f"{data.name}: {len(data.files)} pictures, {int(faces.there.sum())} faces")
        splits = [protocols.resampled(data, draw) for draw in range(DRAWS)]
        for network in (networks.PLAIN_SFACE, networks.SFACE):
            vectors = embeddings.vectors(data, faces, network)
            one = peers.mean_cosine(vectors, protocols.shared(data))
            many = [peers.mean_cosine(vectors, split) for split in splits]
            print(
                f"{network.name:24} {one.rank1:.4f} {one.fnir(0.01):.4f} {one.fnir(0.003):.4f} | "
                f"{Interval.of([o.rank1 for o in many])} {Interval.of([o.fnir(0.01) for o in many])}"
                f" {Interval.of([o.fnir(0.003) for o in many])}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
