"""How is a file fetched from its publisher's address?"""

from __future__ import annotations

import bz2
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from faces.errors import ModelError
from faces.manifest import Asset

BLOCK = 1 << 16


class UnreachableError(ModelError):
    """A publisher does not answer; asking it for another file would only take time."""

    retryable = True


def download(
    asset: Asset,
    target: Path,
    timeout: float,
    on_bytes: Callable[[int], None] | None = None,
) -> None:
    """Fetch an asset's original, unpacked, no more bytes of it than the manifest allows for.

    Args:
        asset: what to fetch.
        target: file to write.
        timeout: seconds for connecting and for each read.
        on_bytes: told how many bytes there are.

    Raises:
        UnreachableError: the publisher does not answer.
        ModelError: it does not have the file, or sends what cannot be unpacked.
    """
    limit = asset.published.size + 1
    try:
        with (
            # S310: the manifest admits no other scheme than https.
            urllib.request.urlopen(asset.publisher, timeout=timeout) as stream,  # noqa: S310
            target.open("wb") as out,
        ):
            unpack = bz2.BZ2Decompressor() if asset.packed == "bz2" else None
            written = 0
            while written < limit and (block := stream.read(BLOCK)):
                while True:
                    data = block if unpack is None else unpack.decompress(block, BLOCK)
                    written += out.write(data[: limit - written])
                    if unpack is None or unpack.eof or unpack.needs_input or written >= limit:
                        break
                    block = b""  # the rest is inside the decompressor
                if on_bytes is not None:
                    on_bytes(written)
                if unpack is not None and unpack.eof:
                    break
    except urllib.error.HTTPError as error:
        error.close()
        raise ModelError(
            f"cannot fetch {asset.publisher}: the publisher answers {error.code} {error.reason}"
        ) from error
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise UnreachableError(f"cannot fetch {asset.publisher}: {reason}") from error
    except (OSError, EOFError, http.client.HTTPException) as error:
        raise ModelError(f"cannot fetch {asset.publisher}: {error}") from error
