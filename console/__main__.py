"""How is the console started? Read the configuration, serve pages until told to end."""

from __future__ import annotations

import sys


def main() -> int:
    """Not yet."""
    return 2


if __name__ == "__main__":
    sys.exit(main())
