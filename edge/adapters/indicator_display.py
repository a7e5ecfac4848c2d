"""How does a small display show a prompt? In letters as large as fit, through luma.oled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from edge.errors import IndicatorError
from edge.ports import Prompt

if TYPE_CHECKING:
    from PIL import Image

LARGEST: Final = 28
SMALLEST: Final = 9
"""Heights of letters that are tried, in pixels of a display of 64 lines."""


class DisplayIndicator:
    """A display of luma: one bit a pixel, 128x64 as a rule.

    Args of the constructor:
        open_device: opens it; tests hand over luma's dummy device.
    """

    def __init__(self, open_device: Callable[[], Any]) -> None:
        self._open_device = open_device
        self._device: Any = None

    def start(self) -> None:
        """Open the display. Raises `IndicatorError` where it does not answer."""
        if self._device is not None:
            raise IndicatorError("the display was started already")
        try:
            self._device = self._open_device()
        except IndicatorError:
            raise
        except Exception as fault:
            raise IndicatorError(
                f"the display cannot be used ({type(fault).__name__}: {fault}); look at its "
                "wires, `i2cdetect -y 1`, and that I2C is switched on (raspi-config)"
            ) from fault

    def show(self, prompt: Prompt) -> None:
        """Show `prompt`; nothing while nobody is there. Raises `IndicatorError`."""
        if self._device is None:
            raise IndicatorError("the display has not been started")
        text = "" if prompt is Prompt.IDLE else prompt.value
        try:
            self._device.display(drawn(text, self._device.size))
        except Exception as fault:
            raise IndicatorError(f"the display failed: {fault}; look at its wires") from fault

    def stop(self) -> None:
        """Dark, and the display given back."""
        device, self._device = self._device, None
        if device is not None:
            with suppress(Exception):  # a display that has gone needs no clearing
                device.cleanup()


def drawn(text: str, size: tuple[int, int]) -> Image.Image:
    """`text` in the middle of a picture of one bit a pixel, white on black.

    Args:
        text: words; broken into lines where they do not fit.
        size: width and height in pixels.
    """
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415  # not there without an extra

    picture = Image.new("1", size)
    pen = ImageDraw.Draw(picture)
    for height in range(LARGEST, SMALLEST - 1, -1):
        font = ImageFont.load_default(height)
        lines = "\n".join(_broken(text, partial(pen.textlength, font=font), size[0]))
        left, top, right, bottom = pen.multiline_textbbox((0, 0), lines, font, align="center")
        if right - left <= size[0] and bottom - top <= size[1]:
            break
    at = ((size[0] - (right - left)) / 2 - left, (size[1] - (bottom - top)) / 2 - top)
    pen.multiline_text(at, lines, fill=1, font=font, align="center")
    return picture


def _broken(text: str, length: Callable[[str], float], width: int) -> list[str]:
    """Words in lines that fit, as far as single words do."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and length(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def luma_device(
    kind: Literal["ssd1306", "sh1106"], bus: int, address: int, *, upside_down: bool
) -> Callable[[], Any]:
    """What opens a display on an I2C bus by luma.oled."""

    def opened() -> Any:  # luma has no types
        try:
            from luma.core.interface.serial import i2c  # noqa: PLC0415  # an extra
            from luma.oled import device  # noqa: PLC0415  # an extra
        except ImportError as missing:
            raise IndicatorError(
                f"a {kind} display needs luma.oled ({missing}); install it with: "
                "pip install doorward[display]"
            ) from missing
        return getattr(device, kind)(i2c(port=bus, address=address), rotate=2 if upside_down else 0)

    return opened
