"""How does pip download a source release without running its code?

pip asks a source release's build backend for name and version, even when it only downloads it; for
old releases that backend is setuptools, which runs their `setup.py`. `faces.package_index` puts a
copy of this file in the place of `setuptools.build_meta` for that one pip process: it answers what
was asked for and runs nothing. The artifact's own hash is what counts, and pip checks it first.
"""

from __future__ import annotations

import os
from pathlib import Path


class InertBackend:
    """The two hooks of PEP 517 that a download calls."""

    def get_requires_for_build_wheel(self, config_settings: object = None) -> list[str]:
        """Need nothing."""
        del config_settings
        return []

    def prepare_metadata_for_build_wheel(
        self, metadata_directory: str, config_settings: object = None
    ) -> str:
        """Write the least metadata there is and return its folder's name."""
        del config_settings
        name, version = os.environ["DOORWARD_SDIST"].split("==")
        folder = Path(metadata_directory, f"{name}-{version}.dist-info")
        folder.mkdir(parents=True)
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (folder / "METADATA").write_text(text, encoding="utf-8")
        return folder.name


__legacy__ = InertBackend()
