"""In which order does the doctor look, and what does it need for each look?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from doorbus.errors import KeyMaterialError
from doorctl.doctor import clock, folders
from doorctl.doctor.finding import Finding
from doorctl.doctor.listeners import Listeners
from doorctl.doctor.material import Material
from doorctl.doctor.probes import Probes
from doorctl.doctor.rights import Rights
from doorctl.site import Site


def examine(
    folder: Path,
    *,
    offline: bool = False,
    follows: Callable[[], bool | None] | None = None,
) -> Iterator[Finding]:
    """Look at a site; nothing of it is changed.

    Args:
        folder: the site.
        offline: leave out the broker.
        follows: tells whether this machine's clock follows a time server; the kernel by default.

    Raises:
        SiteError: there is no such site.
        ConfigError: `site.yaml` is wrong.
    """
    site = Site.load(folder)
    yield from clock.look(site, follows or clock.synchronised)
    yield from Material(site).look()
    yield from folders.look(site)
    if offline:
        return
    try:
        with Probes(site) as probes:
            heard = list(Listeners(site, probes).look())
            yield from heard
            if not any(one.says.startswith(("does not answer", "takes nobody")) for one in heard):
                yield from Rights(site, probes).look()
    except KeyMaterialError as error:
        yield Finding(
            "broker",
            f"not tried ({error})",
            "run this where the site's ca/ folder is, or --offline",
        )
