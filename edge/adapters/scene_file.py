"""What does the scene file say that stands before the simulated door, and has it changed?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field

from doorbus.errors import ConfigError
from doorbus.settings import FilePath, Settings, load
from edge.errors import CameraError
from faces import models

EXAMPLE = """\
  kind: animated      # or: empty, still, animated, clip, paper
  portrait: obama     # still, animated: one of `doorctl models portraits`, or a picture's path
  blink_every_s: 3    # animated only, may be left out: 2 to 4 s at random
  seed: 1             # animated, still, may be left out: another number moves otherwise
or
  kind: clip
  path: visit.mp4     # relative paths start at the scene file's folder
  first: 0            # these three may be left out
  last: 299
  loop: false
or
  kind: paper
  picture: pass.png   # held up before the camera, such as a visitor's pass
  share: 0.5          # these three may be left out: of the picture's height,
  angle: 0            # degrees,
  blur: 0             # pixels"""
"""What a scene file looks like, for messages."""


class EmptyScene(Settings):
    """Nobody is there."""

    kind: Literal["empty"]


class _PortraitScene(Settings):
    portrait: str = Field(min_length=1)
    seed: int = 1


class StillScene(_PortraitScene):
    """Somebody holds a printed portrait before the camera.

    Attributes:
        portrait: name of a fetched portrait, with or without its ending, or a picture's path.
        seed: of the hand's tremor.
    """

    kind: Literal["still"]


class AnimatedScene(_PortraitScene):
    """A person, made from a portrait, who moves and blinks.

    Attributes:
        portrait: name of a fetched portrait, with or without its ending, or a picture's path. The
            eyes must be lit: of those fetched, obama2's lie in shadow, and its blinks are shallow.
        blink_every_s: seconds from blink to blink; None is 2 to 4 at random.
        seed: of movement and blinks.
    """

    kind: Literal["animated"]
    blink_every_s: float | None = Field(default=None, ge=0.6, le=60)


class ClipScene(Settings):
    """A recorded clip.

    Attributes:
        path: the file.
        first: first frame to play, from 0.
        last: last frame to play; None is the end.
        loop: begin again at the end; otherwise the room is empty afterwards.
    """

    kind: Literal["clip"]
    path: FilePath
    first: int = Field(default=0, ge=0)
    last: int | None = Field(default=None, ge=0)
    loop: bool = False


class PaperScene(Settings):
    """Somebody holds a paper, or a telephone, before the camera; nothing else is seen.

    Attributes:
        picture: what is on it.
        share: its side as a share of the frame's height.
        angle: by which it is turned, degrees.
        blur: standard deviation of a Gaussian, pixels, as of a lens out of focus.
    """

    kind: Literal["paper"]
    picture: FilePath
    share: float = Field(default=0.5, gt=0, le=1.2)
    angle: float = Field(default=0, ge=-360, le=360)
    blur: float = Field(default=0, ge=0, le=20)


Scene = EmptyScene | StillScene | AnimatedScene | ClipScene | PaperScene


class _Kind(Settings):
    """First look: what kind it is decides what else may stand there."""

    model_config = ConfigDict(extra="ignore")

    kind: Literal["empty", "still", "animated", "clip", "paper"]


_SCENES: Mapping[str, type[Scene]] = {
    "empty": EmptyScene,
    "still": StillScene,
    "animated": AnimatedScene,
    "clip": ClipScene,
    "paper": PaperScene,
}


class SceneFile:
    """A scene file that another process may replace at any time, by renaming a new one onto it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def changed(self) -> bool:
        """Whether the file is another one than at the last `read`; a missing one is none."""
        stamp = self._look()
        return stamp is not None and stamp != self._stamp

    def read(self) -> Scene:
        """Read the scene.

        Raises:
            CameraError: no file or no scene in it; says what a scene file looks like.
        """
        self._stamp = self._look()
        try:
            kind = load(self._path, _Kind).kind
            return load(self._path, _SCENES[kind])
        except ConfigError as error:
            raise CameraError(f"{error}\nA scene file looks like this:\n{EXAMPLE}") from None

    def portrait(self, named: str) -> Path:
        """The picture that `named` stands for: a fetched portrait, or a path beside the scene file.

        Raises:
            CameraError: there is none.
            faces.errors.ModelError: a known portrait that is not fetched; names the command.
        """
        known = models.groups()["portraits"]
        for asset in known:
            if named in {asset, Path(asset).stem}:
                return models.path(asset)
        picture = Path(self._path.resolve().parent, Path(named).expanduser())
        if not picture.is_file():
            names = ", ".join(Path(asset).stem for asset in known)
            raise CameraError(
                f"{self._path}: portrait: there is no picture {picture}; give a path, or one of "
                f"{names}"
            )
        return picture

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_ino, found.st_size)
