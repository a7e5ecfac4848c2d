"""How long is the certificate still good with which somebody connects to the broker?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

DAY_S = 86_400.0


def days_left(certificate: Path, now: float) -> float | None:
    """Days until it ends, below 0 once it did; None where the file cannot be read as one.

    Read anew each time, for it may have been renewed.

    Args:
        certificate: PEM; of a chain the first one counts.
        now: seconds since 1970.
    """
    try:
        end = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None
    return (end - datetime.fromtimestamp(now, UTC)).total_seconds() / DAY_S
