"""Which texts of the console still have to be said in other languages? Run after changing any.

Brings `console/locales/*/console.po` up to date: a new text is added without a translation, one
that is gone is dropped, one that changed by little keeps the old translation, marked `fuzzy`, to be
looked at. Then fill in what is empty, and take the mark away where it is right;
`tests/unit/test_console_words.py` says what is missing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).resolve().parent.parent / "console"
METHODS: Final = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS: Final = {"templates/**.html": {"newstyle_gettext": "true", "silent": "false"}}
KEYWORDS: Final = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}

HEAD: Final = """\
# What the console says. The texts in English are the keys; scripts/console-texts.py collects them.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def texts() -> Catalog:
    """Every text in the console's code and templates."""
    found = Catalog(charset="utf-8")
    # In one order always, so that a change shows as what it is.
    for _file, _line, text, _comments, context in sorted(
        extract_from_dir(ROOT, METHODS, OPTIONS, keywords=KEYWORDS), key=lambda one: one[:2]
    ):
        found.add(text, context=context)
    return found


def main() -> int:
    """Bring each catalogue up to date; 1 where something is left to say."""
    wanted = texts()
    left = 0
    for path in sorted((ROOT / "locales").glob("*/console.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.parent.name)
        catalogue.update(wanted, no_fuzzy_matching=False)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            file.write(
                HEAD.format(language=path.parent.name, plurals=catalogue.plural_forms).encode()
            )
            write_po(file, catalogue, width=0, omit_header=True)
        empty = sum(bool(one.id) and (one.fuzzy or not one.string) for one in catalogue)
        sys.stdout.write(f"{path.parent.name}: {len(catalogue)} texts, {empty} to be looked at\n")
        left += empty
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
