"""Keys for tests that need a vault and do not care which."""

from __future__ import annotations

from brain.adapters.vault_site import SiteKeys

SITE_KEY = bytes(range(32))
AUDIT_KEY = bytes(range(32, 64))
KEYS = SiteKeys(SITE_KEY, AUDIT_KEY)
