"""What do all vectors of an encoder have in common? `python -m bench.recognition.bias` prints it.

The mean over many people, each counted once. What Doorward ships is the mean of both sets' means;
the bench takes for each set the other's alone, so that nobody on trial has a part in it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.recognition import embeddings, networks, pictures
from bench.recognition.pictures import Pictures

Vectors = NDArray[np.float32]


def with_mirror(pairs: Vectors) -> Vectors:
    """Sum of the unit vectors of a face and its mirror image, at unit length.

    Args:
        pairs: shape (n, 2, dimensions); rows without a face are zero and stay so.

    Returns:
        shape (n, dimensions).
    """
    return unit(unit(pairs).sum(axis=1))


def unit(vectors: Vectors) -> Vectors:
    """Bring to unit length along the last axis; zero stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.float32(1e-12)), np.float32)


def mean(data: Pictures, vectors: Vectors) -> Vectors:
    """Mean over people: of LFW its strangers, of one photo each; of YouTube Faces everybody."""
    if data.strangers:
        return np.asarray(unit(vectors)[[one[0] for one in data.strangers]].mean(axis=0))
    everybody = [
        unit(vectors)[[file for session in sessions for file in session]].mean(axis=0)
        for sessions in data.people.values()
    ]
    return np.asarray(np.mean(everybody, axis=0), np.float32)


def main() -> None:
    """Print SFace's bias as it is written into the encoder."""
    means = []
    for load in (pictures.ytf, pictures.lfw):
        data = load(pictures.folder())
        refined = embeddings.refined(data, embeddings.found(data))
        pairs = embeddings.vectors(data, refined, networks.SFace())
        means.append(mean(data, with_mirror(pairs)))
    a, b = means
    alike = float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    print(f"# lengths {np.linalg.norm(a):.3f} and {np.linalg.norm(b):.3f}, cosine {alike:.3f}")
    print(", ".join(f"{one:.4f}" for one in ((a + b) / 2).tolist()))


if __name__ == "__main__":
    main()
