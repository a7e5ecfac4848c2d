"""What stands in the `console.yaml` that a new console's bundle carries?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from string import Template

from doorctl.site import Description

PORT = 8443

_TEXT = Template("""\
# The console $name, the site's web page. Written by `doorctl console add`; yours to edit. Relative
# paths start at this file's folder. docs/console.md says how it is set up.
name: $name

# The broker's listener for staff, and the certificate that names this console to it.
broker:
  host: $host
  port: $port
  ca: ca.crt
  cert: client.crt
  key: client.key
  prefix: $prefix

# Where browsers find it. Without a certificate it listens on this machine alone: put a proxy with
# TLS before it, set address to what people type, and name the proxy in proxies. With a certificate
# (`doorctl console certificate`) it may listen elsewhere. Never let strangers reach it.
listen:
$listen
# Accounts, and who is signed in. Back it up with the site: without it nobody can sign in.
data_dir: data

# What may be set besides, as it holds where nothing is set. A suggestion counts once its "# " is
# taken away.
# Signed out after so many minutes without a page, and after so many hours.
# sessions: {idle_min: 30, most_h: 12}
# Or zh; for browsers that ask for neither.
# language: en
""")

_LOOPBACK = """\
  host: 127.0.0.1
  port: $port
#   address: https://doors.example
#   proxies: [127.0.0.1]
"""

_TLS = """\
  host: 0.0.0.0
  port: $port
  certificate: web.crt
  key: web.key
  address: $address
"""


def render_console_config(name: str, site: Description, hosts: Sequence[str] = ()) -> str:
    """The text of `console.yaml` for a bundle that holds the files it names.

    Args:
        name: of the console, with its role.
        site: what it is a part of.
        hosts: the names that its own certificate carries, the first is what people type; none where
            it has no certificate and stays on loopback.
    """
    listen = Template(_TLS if hosts else _LOOPBACK).substitute(
        port=PORT, address=json.dumps(_address(hosts[0])) if hosts else ""
    )
    return _TEXT.substitute(
        name=name,
        host=json.dumps(site.broker.host),
        port=site.broker.staff_port,
        prefix=json.dumps(site.prefix),
        listen=listen,
    )


def _address(host: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"https://{shown}:{PORT}"
