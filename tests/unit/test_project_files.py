"""What stands around the code: documents, Makefile, services, packages and import rules."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from documents import sections

import brain.__main__
import console.__main__
import edge.__main__
from brain.config import BrainSettings
from doorctl.__main__ import app
from edge.config import EdgeSettings
from faces import models

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
UNITS = sorted(ROOT.glob("systemd/*.service"))
MAKE = shutil.which("make") or "/usr/bin/make"
SYSTEMD_ANALYZE = shutil.which("systemd-analyze") or ""
INSTALLED_PYTHON = "/opt/doorward/.venv/bin/python"


def _setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def _modules(package: str, *, without: tuple[str, ...] = ()) -> set[str]:
    names = {path.stem for path in (ROOT / package).glob("*.py")} - {"__init__", *without}
    return {f"{package}.{name}" for name in names}


def _list(contract: str, key: str) -> set[str]:
    return set(_setup()[f"importlinter:contract:{contract}"][key].split())


def _targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def _commands(name: str) -> set[tuple[str, ...]]:
    """What the documents' blocks and spans call `name` with, up to the first argument."""
    found: set[tuple[str, ...]] = set()
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8").replace("\n", " \n")
        for called in re.findall(rf"(?:^|[ `/]){name}((?: [a-z][a-z-]*)+)", text, re.MULTILINE):
            found.add(tuple(called.split()))
    return found


def _is_command(words: tuple[str, ...]) -> bool:
    here: object = typer.main.get_command(app)
    for word in words:
        commands = getattr(here, "commands", None)
        if commands is None:  # a command: what follows are its arguments
            return True
        if word not in commands:
            return False
        here = commands[word]
    return True


def test_every_folder_with_code_is_a_package_of_the_distribution() -> None:
    shipped = ("doorbus", "faces", "matching", "edge", "brain", "doorctl", "console")
    files = (path for name in shipped for path in (ROOT / name).rglob("*.py"))
    folders = {".".join(path.parent.relative_to(ROOT).parts) for path in files}

    packages = set(_setup()["options"]["packages"].split())

    assert packages == folders | {"doorctl.mosquitto"}


def test_core_may_import_no_module_outside_it_but_the_messages() -> None:
    outside = _modules("doorbus") | _modules("edge") | _modules("brain")

    assert outside <= _list("core", "forbidden_modules")


def test_no_module_but_the_programs_themselves_may_choose_adapters() -> None:
    others = _modules("edge", without=("__main__", "fittings", "lock", "qr")) | _modules(
        "brain", without=("__main__",)
    )

    assert others <= _list("adapters", "source_modules")


def test_no_module_but_the_client_may_import_paho() -> None:
    assert _modules("doorbus", without=("client",)) <= _list("paho", "source_modules")


def test_doorctl_may_import_nothing_of_faces_but_models_and_errors() -> None:
    others = _modules("faces", without=("models", "errors"))

    assert others <= _list("doorctl", "forbidden_modules")


def test_make_help_lists_every_target() -> None:
    listed = subprocess.run(
        [MAKE, "--no-print-directory", "-C", ROOT, "help"],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    ).stdout

    assert {line.split()[0] for line in listed.splitlines()} == _targets()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))

    missing = [
        link
        for link in links
        if not link.startswith("https://") and not (document.parent / link).exists()
    ]

    assert missing == []


def test_every_make_target_in_the_documents_is_there() -> None:
    documents = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)

    named = set(re.findall(r"(?:`|^|&& )make ([a-z-]+)", documents, re.MULTILINE))

    assert named
    assert named <= _targets()


def test_every_doorctl_command_in_the_documents_is_there() -> None:
    commands = _commands("doorctl")

    assert ("init", "site") in commands
    assert [words for words in sorted(commands) if not _is_command(words)] == []


@pytest.mark.parametrize(
    ("name", "settings"), [("edge.yaml", EdgeSettings), ("brain.yaml", BrainSettings)]
)
def test_every_key_that_the_readme_explains_is_one(
    name: str, settings: type[EdgeSettings | BrainSettings]
) -> None:
    (configure,) = (part for part in sections(ROOT / "README.md") if part.title == "Configure")
    text = "\n".join(configure.lines)
    table = text[text.index(f"| `{name}` |") :].split("\n\n")[0].splitlines()[2:]

    keys = {key for row in table for key in re.findall(r"`(\w+)`", row.split("|")[1])}

    assert keys
    assert keys <= set(settings.model_fields)


def test_the_document_about_models_lists_what_the_manifest_has() -> None:
    rows = sections(ROOT / "docs/models.md")[1].table

    told = {row[0].strip("`"): row[1:] for row in rows}

    packages = models.packages()

    def held(package: str | None) -> str:
        return "none" if package is None else f"{package} {packages[package].version}"

    assert told == {
        name: [
            asset.purpose,
            asset.licence,
            f"<{asset.publisher}>",
            "none"
            if asset.package is None
            else f"{asset.package} {packages[asset.package].version}",
        ]
        for name, asset in models.catalogue().items()
    }


def test_there_is_a_service_for_each_daemon() -> None:
    assert [unit.name for unit in UNITS] == [
        "doorward-brain.service",
        "doorward-console.service",
        "doorward-edge.service",
    ]


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_service_calls_its_daemon_as_the_daemon_reads_it(unit: Path) -> None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd heeds case
    parser.read(unit, encoding="utf-8")
    python, *arguments = parser["Service"]["ExecStart"].split()
    side = unit.stem.removeprefix("doorward-")

    assert python == INSTALLED_PYTHON
    assert arguments[:3] == ["-P", "-m", side]
    config = Path(f"/etc/doorward/{side}/{side}.yaml")
    if side == "edge":
        options = edge.__main__._parse(arguments[3:])
        assert (options.command, options.config) == ("run", config)
    elif side == "console":
        assert console.__main__._parser().parse_args(arguments[3:]).config == config
    else:
        assert brain.__main__._parser().parse_args(arguments[3:]).config == config
    # A daemon that failed is started again, however often.
    assert parser["Service"]["Restart"] == "always"
    assert parser["Unit"]["StartLimitIntervalSec"] == "0"


@pytest.mark.skipif(not SYSTEMD_ANALYZE, reason="no systemd-analyze here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_systemd_finds_nothing_wrong_with_a_service(unit: Path, tmp_path: Path) -> None:
    there = tmp_path / unit.name
    text = unit.read_text(encoding="utf-8")
    there.write_text(text.replace(INSTALLED_PYTHON, sys.executable), encoding="utf-8")

    said = subprocess.run(
        [SYSTEMD_ANALYZE, "verify", "--man=no", there],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (said.returncode, said.stderr) == (0, "")
