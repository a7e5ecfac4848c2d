"""Where does face_recognition live, without touching this project's environment?

In a virtual environment of its own. Its packages are pinned and installed without their
dependencies: `face_recognition` asks for `dlib`, which is built from source and would overwrite
`dlib-bin`, and its models ask for `pkg_resources`, which setuptools had until version 80.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

HOME = Path("bench-out") / "peers" / "face_recognition"

PACKAGES = (
    "face_recognition==1.3.0",
    "face_recognition_models==0.3.0",
    "dlib-bin==20.0.1.post1",
    "numpy==2.4.6",
    "pillow==13.0.0",
    "click==8.5.1",
    "setuptools==80.9.0",
)


def python() -> Path:
    """Its Python; installed at the first call, from the Python index.

    Raises:
        subprocess.CalledProcessError: pip could not install it.
    """
    python = HOME / "venv" / "bin" / "python"
    done = HOME / "installed.txt"
    wanted = "\n".join(PACKAGES)
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        print(f"installing face_recognition into {HOME} ...", file=sys.stderr)
        venv.create(HOME / "venv", with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, "--no-deps", *PACKAGES], check=True)
        done.write_text(wanted, encoding="utf-8")
    return python.absolute()
