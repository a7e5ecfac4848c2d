"""Which commands does an administrator have, and how do errors reach people?"""

from __future__ import annotations

import logging
import sys

import structlog
import typer

from doorbus.errors import DoorwardError
from doorctl import (
    commands_access,
    commands_access_names,
    commands_console,
    commands_doctor,
    commands_enrolment,
    commands_events,
    commands_figures,
    commands_import,
    commands_keys,
    commands_log,
    commands_models,
    commands_orders,
    commands_passes,
    commands_residents,
    commands_site,
    commands_watch,
)
from faces.errors import FacesError

app = typer.Typer(
    name="doorctl",
    help="Provision and administer a Doorward site.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("init")(commands_site.init)
app.command("doctor")(commands_doctor.doctor)
app.command("watch")(commands_watch.watch)
app.command("log")(commands_log.log)
app.command("events")(commands_events.events)
app.command("figures")(commands_figures.figures)
app.command("renew")(commands_keys.renew)
app.command("models")(commands_models.fetch_models)
app.command("unlock")(commands_orders.unlock)
app.command("lockdown")(commands_orders.lockdown)
app.command("evacuate")(commands_orders.evacuate)
app.command("release")(commands_orders.release)
app.command("snapshot")(commands_orders.snapshot)
commands_site.door_app.command("rename")(commands_keys.rename_door)
commands_site.door_app.command("rotate")(commands_keys.rotate_door)
commands_site.door_app.command("revoke")(commands_keys.revoke_door)
commands_site.admin_app.command("revoke")(commands_keys.revoke_admin)
commands_site.monitor_app.command("revoke")(commands_keys.revoke_monitor)
commands_console.app.command("revoke")(commands_keys.revoke_console)
commands_site.brain_app.command("add")(commands_keys.add_brain)
commands_site.brain_app.command("rotate")(commands_keys.rotate_brain)
commands_site.brain_app.command("revoke")(commands_keys.revoke_brain)
commands_access_names.enter_into(app)
commands_access.enter_into(app)
for command in (
    commands_enrolment.enroll,
    commands_enrolment.reenroll,
    commands_enrolment.undo,
    commands_enrolment.cancel,
):
    commands_residents.app.command(command.__name__)(command)
app.command("import")(commands_import.import_people)
app.add_typer(commands_residents.app, name="users")
app.add_typer(commands_passes.pass_app, name="pass")
app.add_typer(commands_passes.pin_app, name="pin")
app.add_typer(commands_site.door_app, name="door")
app.add_typer(commands_site.admin_app, name="admin")
app.add_typer(commands_site.monitor_app, name="monitor")
app.add_typer(commands_console.app, name="console")
app.add_typer(commands_site.brain_app, name="brain")
app.add_typer(commands_site.broker_app, name="broker")


def main() -> None:
    """Run a command; 0 when it did its work, 1 when it could not, 2 when it was called wrongly."""
    # Standard output is for the answer; what the connection has to say ends up in errors anyway.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    try:
        app()
    except (DoorwardError, FacesError) as error:
        sys.stderr.write(f"doorctl: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
