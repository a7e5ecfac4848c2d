"""Are a site's files private, and do they say what its description says?"""

from __future__ import annotations

import os
import pwd
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from doorctl import broker, ceilings
from doorctl.doctor.finding import Finding
from doorctl.site import Site

_PRIVATE = ("*.key", "acl")
_NOT_OURS = frozenset({"data", "state"})
"""Folders that brain, edge and broker fill themselves."""

_HALF_DONE = re.compile(r"\.[a-z0-9.-]+\.[a-z0-9_]{8}")
"""What tempfile makes of a name that `safe_files` was busy with."""


def look(site: Site) -> Iterator[Finding]:
    """Look at modes, leftovers, and what was written from `site.yaml`."""
    bad = list(_modes(site.root, site.root))
    yield from bad or [Finding("file modes", "keys and folders are their owner's alone")]
    yield from _rendered(site)
    yield from _doors(site)
    yield from _consoles(site)


def _modes(folder: Path, root: Path) -> Iterator[Finding]:
    yield from _mode(folder, root, 0o077, "may be entered by others", "chmod 700")
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            continue
        if _HALF_DONE.fullmatch(path.name):
            yield Finding(
                str(path.relative_to(root)),
                "left by a command that was interrupted; may hold keys",
                f"rm -r {path}",
            )
        elif path.is_dir():
            if path.name in _NOT_OURS:
                yield from _mode(path, root, 0o007, "may be entered by anybody", "chmod o=")
            else:
                yield from _modes(path, root)
        elif any(path.match(pattern) for pattern in _PRIVATE):
            yield from _mode(path, root, 0o077, "may be read by others", "chmod 600")
        else:
            yield from _mode(path, root, 0o022, "may be changed by others", "chmod go-w")


def _mode(path: Path, root: Path, forbidden: int, says: str, remedy: str) -> Iterator[Finding]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & forbidden:
        subject = str(path.relative_to(root)) if path != root else str(root)
        yield Finding(subject, f"mode {mode:04o}: {says}", f"{remedy} {path}")


def _rendered(site: Site) -> Iterator[Finding]:
    where = broker.placement(site)
    if not site.description.broker.folder:
        where = replace(where, user=_owner(site.root))
    remedy = f"doorctl broker render {site.root}; reload the broker, or restart it"
    for name, wanted in (
        ("mosquitto.conf", broker.render_configuration(where)),
        ("acl", broker.render_access_list(site)),
    ):
        file = site.broker / name
        try:
            same = file.read_text(encoding="utf-8") == wanted
        except (OSError, UnicodeDecodeError) as error:
            yield Finding(f"broker/{name}", f"cannot be read ({error})", remedy)
            continue
        if same:
            yield Finding(f"broker/{name}", "as site.yaml has it")
        else:
            yield Finding(f"broker/{name}", "differs from what site.yaml makes of it", remedy)


def _owner(path: Path) -> str:
    # Not whoever runs this: the maker of the site stands in its configuration.
    uid = path.stat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return broker.OWN_USER


def _doors(site: Site) -> Iterator[Finding]:
    homes: dict[str, list[str]] = {door: [] for door in site.description.doors}
    root = site.root
    for brain in site.brain_folders:
        for file in sorted((brain / "doors").glob("*.pub")):
            door = file.name.removesuffix(".pub").removesuffix(".next")
            if door not in homes:
                yield Finding(
                    str(file.relative_to(root)),
                    "the brain believes a door that site.yaml does not know",
                    f"rm {file}, or `doorctl door add {root} {door}` again if that was interrupted",
                )
            elif not file.name.endswith(".next.pub"):
                homes[door].append(os.fspath(brain.relative_to(root)))
    for door, brains in homes.items():
        if not brains:
            yield Finding(
                f"door {door}",
                "no brain's folder here holds its key",
                f"bring {door}.pub back from the brain's machine to {site.brain / 'doors'}",
            )
        elif len(brains) > 1:
            yield Finding(
                f"door {door}",
                f"is served by {' and '.join(brains)}, which would both answer it",
                f"leave {door}.pub in one of them",
            )


def _consoles(site: Site) -> Iterator[Finding]:
    wanted = {console.name: console for console in site.description.consoles}
    for brain in site.brain_folders:
        if not brain.exists():
            continue
        for name, console in wanted.items():
            file = ceilings.ceiling(brain, name)
            subject = str(file.relative_to(site.root))
            if not file.exists():
                anew = f"doorctl console limit {site.root} {name} {console.most}"
                yield Finding(subject, "is missing: the console may nothing", anew)
            elif file.read_text(encoding="utf-8") != ceilings.render(console):
                anew = f"doorctl console limit {site.root} {name} {console.most}"
                yield Finding(subject, "differs from what site.yaml makes of it", anew)
            else:
                yield Finding(subject, f"at most {console.most}")
        for file in sorted((brain / "consoles").glob("*.yaml")):
            if file.stem not in wanted:
                yield Finding(
                    str(file.relative_to(site.root)),
                    "the brain believes a console that site.yaml does not know",
                    f"rm {file}",
                )
