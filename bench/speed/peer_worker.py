"""face_recognition's way, run in a virtual environment of its own; knows nothing of Doorward.

Reads frames from a .npy file, then for every line on standard input does all frames once and writes
one line of JSON. The line names how often the picture is doubled before faces are sought: 1 is
face_recognition's default.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

import numpy as np

KNOWN = 1000


def main() -> None:
    """Serve until standard input ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its models ask pkg_resources for their place
        import face_recognition  # noqa: PLC0415
    frames = np.load(sys.argv[1])
    known = list(np.random.default_rng(0).normal(size=(KNOWN, 128)) / 10)
    for line in sys.stdin:
        doubled = int(line)
        wall, cpu, faces = time.perf_counter(), time.process_time(), 0
        for frame in frames:
            places = face_recognition.face_locations(frame, number_of_times_to_upsample=doubled)
            for encoding in face_recognition.face_encodings(frame, places):
                distances = face_recognition.face_distance(known, encoding)
                faces += 1
                int(np.argmin(distances))
        seconds = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        print(json.dumps({**seconds, "faces": faces}), flush=True)


main()
