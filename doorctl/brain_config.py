"""What stands in the `brain.yaml` and the staff's `client.yaml` that `doorctl` writes?"""

from __future__ import annotations

import json
from string import Template

from doorctl.site import Description

_BRAIN = Template("""\
# The brain. Written by `doorctl init`; yours to edit. Relative paths start at this file's folder.
name: $name

# The broker's listener for staff, and the certificate that names this brain to it.
broker:
  host: $host
  port: $port
  ca: ca.crt
  cert: client.crt
  key: client.key
  prefix: $prefix

# What the brain signs with, and the folder of the doors' public keys: one <door>.pub each, put
# there by `doorctl door add`. Take a door's file away and nothing it says counts any more.
# Two more are made at the first start, in data_dir/keys, and may be told to lie elsewhere, such as
# among systemd's credentials (docs/storage.md). Here and further down, a suggestion counts once its
# "# " is taken away.
keys:
  brain: brain.key
  doors: doors/
#   site: $$CREDENTIALS_DIRECTORY/site.key      # names, cards, faces, templates are sealed under it
#   audit: $$CREDENTIALS_DIRECTORY/audit.key    # the audit is chained under it
$rank
# Enrolment frames and everything else that is kept.
data_dir: data

# Where residents, templates and the audit are kept, as an SQLAlchemy address, such as
# sqlite:////var/lib/doorward/doorward.sqlite; empty: SQLite in data_dir.
database: ""

# What may be set besides, as it holds where nothing is set.

# What turns faces into vectors; another one sees the kept frames anew at the next start.
# encoder: sface
# The share of strangers' visits that may be let in; the threshold is chosen for it. Also margin
# and floor, which are cosines, each encoder's own; and threshold, your own instead of a chosen one.
# matching: {strangers: 0.001}
# enrolment: {count: 200, templates: 10, expiry_s: 600}
# liveness: {policies: [standard]}

# Doors that may decide without the brain, {front: faces} or {front: codes}, and how long their
# caches are good; docs/away.md.
# away: {doors: {}, hours: 24}
# What schedules and dates of rules mean, such as Europe/Berlin.
# timezone: UTC
# Who may enter where no rule matches; nobody means that a permit is needed. With
# {default: everybody, doors: {lab: nobody}} single doors differ.
# access: {default: everybody}
# A door's card or PIN beside the face, or a PIN alone: {lab: {second: pin}, side: {codes: true}};
# docs/passes.md.
# doors: {}
# So many wrong codes rest them, and are told on brain/event.
# codes: {door: 20, site: 60, window_s: 600, rest_s: 300}

# With frames_days pictures of enrolments go after so many days (templates stay; another encoder
# then leaves those residents out), with events_months doors' events after so many months.
# retention: {}

# first or deputy where a site has several brains, which share one database, keys/site.key and
# keys/audit.key of data_dir.
# rank: only
# Threads that match; one a core where it is not set.
# workers: 2
# How long a door stays open, in seconds.
# hold_s: 5

# So many refusals at one door, or at several together, are told on brain/event and kept in the
# audit.
# watch: {door: 15, site: 30, doors: 3, window_s: 300, quiet_s: 600}
# How often one administrator may; also lockdown, enrolment and snapshot; docs/remote.md.
# limits: {unlock: {burst: 20, every_s: 3}}

# How often brain/health is published, in seconds.
# health_s: 30
# What each console may at most, <name>.yaml, put there by `doorctl console add`; docs/console.md.
# consoles: consoles
# Prometheus may ask for figures there, on this machine alone; nowhere without it;
# docs/monitoring.md.
# metrics: {port: 9109}
# Doors are told to Home Assistant; docs/home-assistant.md.
# homeassistant: {}
""")

_CLIENT = Template("""\
# The certificate of $name, for `doorctl` and any other MQTT client. Written by `doorctl`; relative
# paths start at this file's folder. Whoever holds this folder is $name to the broker.
# Watch the doors, for example, from within this folder:
#   mosquitto_sub -h $plain_host -p $port --cafile ca.crt --cert client.crt --key client.key \\
#       -V 5 -v -t '${plain_prefix}door/#'
name: $name
broker:
  host: $host
  port: $port
  ca: ca.crt
  cert: client.crt
  key: client.key
  prefix: $prefix
""")


def render_brain_config(name: str, site: Description, *, deputy: bool = False) -> str:
    """The text of `brain.yaml` for the brain with the staff name `name`.

    Args:
        name: with its role.
        site: what it is a part of.
        deputy: whether another brain of the site speaks for all.
    """
    rank = (
        "\n# The first brain of the site speaks for all of them.\nrank: deputy\n" if deputy else ""
    )
    return _fill(_BRAIN, name, site, rank=rank)


def render_client_config(name: str, site: Description) -> str:
    """The text of `client.yaml` for an administrator or monitor with the staff name `name`."""
    return _fill(_CLIENT, name, site)


def _fill(text: Template, name: str, site: Description, **more: str) -> str:
    return text.substitute(
        **more,
        name=name,
        host=json.dumps(site.broker.host),
        plain_host=site.broker.host,
        port=site.broker.staff_port,
        prefix=json.dumps(site.prefix),
        plain_prefix=site.prefix,
    )
