"""What can go wrong on the administrator's command line; each message says what to do next."""

from __future__ import annotations

from doorbus.errors import DoorwardError


class SiteError(DoorwardError):
    """A site folder is missing, incomplete, or already holds what was to be created."""


class NameRefused(SiteError):  # noqa: N818  # reads as what happened
    """A door or staff name that topics, certificates or the access list could not carry."""


class PhotoRefused(DoorwardError):  # noqa: N818  # reads as what happened
    """A file that is no photo the brain could take; the message says what to do."""


class PeopleFileRefused(DoorwardError):  # noqa: N818  # reads as what happened
    """A file that names nobody; the message says what is wrong with it."""
