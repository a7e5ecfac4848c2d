"""How does a database of an older Doorward become one of this?"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from brain.adapters.vault_site import SiteKeys
from brain.errors import StoreError


def upgrade(connection: Connection, shown: str, keys: SiteKeys) -> None:
    """Bring the tables up to date, within the connection's transaction.

    Args:
        connection: in a transaction.
        shown: the database's address for messages, without password.
        keys: what a plain database is sealed with.

    Raises:
        StoreError: the database was written by a newer Doorward.
    """
    config = configuration()
    config.attributes["connection"] = connection
    config.attributes["keys"] = keys
    known = revisions()
    heads = set(MigrationContext.configure(connection).get_current_heads())
    if heads - known:
        raise StoreError(
            f"{shown}: written by a newer Doorward (version {', '.join(sorted(heads))}); install "
            "that release, or give this one the backup made before the upgrade"
        )
    command.upgrade(config, "head")


def refuse_older(connection: Connection, shown: str) -> None:
    """Leave the tables as they are. Raises `StoreError` where they are not of this release."""
    heads = set(MigrationContext.configure(connection).get_current_heads())
    newest = set(ScriptDirectory.from_config(configuration()).get_heads())
    if heads != newest:
        raise StoreError(
            f"{shown}: its tables are of another release ({', '.join(sorted(heads)) or 'none'}); "
            "start the brain of this release once, which brings them up to date"
        )


def revisions() -> set[str]:
    """Every version of the tables that this release knows."""
    script = ScriptDirectory.from_config(configuration())
    return {revision.revision for revision in script.walk_revisions()}


def configuration() -> Config:
    """Alembic's configuration: the scripts lie in this package."""
    config = Config()
    config.set_main_option("script_location", "brain:migrations")
    config.set_main_option("path_separator", "os")
    return config
