"""What stands in a Markdown document: sections, tables and fenced blocks, for tests to check."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Section:
    """A part of the document under one heading."""

    title: str
    lines: list[str] = field(default_factory=list)
    blocks: list[tuple[str, str]] = field(default_factory=list)

    @property
    def table(self) -> list[list[str]]:
        """The cells of its first table, without its head."""
        rows: list[list[str]] = []
        for line in self.lines:
            if line.startswith("|"):
                rows.append([cell.strip() for cell in line.strip("|").split("|")])
            elif rows:
                break
        return rows[2:]


def sections(document: Path) -> list[Section]:
    """The parts of a document, in order; the first is what stands before any heading."""
    found = [Section("")]
    language: str | None = None
    content: list[str] = []
    for line in document.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            if language is None:
                language, content = line.removeprefix("```"), []
            else:
                found[-1].blocks.append((language, "\n".join(content)))
                language = None
        elif language is not None:
            content.append(line)
        elif line.startswith("#"):
            found.append(Section(line.lstrip("# ")))
        else:
            found[-1].lines.append(line)
    assert language is None, "a block is not closed"
    return found
