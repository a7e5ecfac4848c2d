"""How did the 2019 system do it? LBPH on grey face crops, most votes of the burst."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.recognition.embeddings import OUT, Found
from bench.recognition.pictures import Pictures, Session
from bench.recognition.protocols import Split
from bench.recognition.rates import NOBODY, Figures, Outcome

SIDE = 100
"""Side of its face crops, pixels."""


def lbph(pictures: Pictures, found: Found, split: Split) -> Outcome:
    """The resident with most votes; the score is the mean distance of those votes, negated.

    Predicting one photo takes as long as all others here together, so that one split is measured
    and kept.
    """
    told = f"{inspect.getsource(_measure)}{inspect.getsource(_crop)}{split}".encode()
    told += found.box.tobytes()
    file = OUT / f"{pictures.name}-lbph-{hashlib.sha256(told).hexdigest()[:16]}.npz"
    if not file.exists():
        outcome = _measure(pictures, found, split)
        np.savez(file, mates=outcome.mates, right=outcome.right, strangers=outcome.strangers)
    with np.load(file) as kept:
        return Outcome(kept["mates"], kept["right"], kept["strangers"])


def _measure(pictures: Pictures, found: Found, split: Split) -> Outcome:
    photos = [one for session in split.enrolled for one in session if found.there[one]]
    owner = {one: row for row, session in enumerate(split.enrolled) for one in session}
    model = cv2.face.LBPHFaceRecognizer.create()
    model.train(
        [_crop(pictures, found, one) for one in photos],
        np.array([owner[one] for one in photos], np.int32),
    )

    def look(visits: Sequence[Session]) -> tuple[list[int], Figures]:
        names, scores = [], []
        for visit in visits:
            votes = [
                model.predict(_crop(pictures, found, one)) for one in visit if found.there[one]
            ]
            labels = [label for label, _ in votes]
            # Of equally many votes those with the smaller distance win.
            mean = {
                label: float(np.mean([d for one, d in votes if one == label])) for label in labels
            }
            best = max(labels, key=lambda one: (labels.count(one), -mean[one]), default=-1)
            names.append(best)
            scores.append(-mean[best] if labels else NOBODY)
        return names, np.array(scores)

    names, mates = look(split.mates)
    right = np.array(names) == np.array(split.who)
    return Outcome(mates, right, look(split.strangers)[1])


def _crop(pictures: Pictures, found: Found, one: int) -> NDArray[np.uint8]:
    grey = cv2.imread(str(pictures.files[one]), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    x, y, w, h = found.box[one].round().astype(int).tolist()
    part = grey[max(0, y) : y + h, max(0, x) : x + w]
    return np.asarray(cv2.resize(part, (SIDE, SIDE)), np.uint8)
