"""How does a screen beside the door show a prompt? In a window, which another process owns."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Final

from edge.errors import IndicatorError
from edge.ports import Prompt

START_S: Final = 15.0
"""Seconds until the window must be there; importing OpenCV on a slow board takes some."""

STOP_S: Final = 3.0

DISPLAYS: Final = ("DISPLAY", "WAYLAND_DISPLAY")
"""What the environment calls a screen that a program may use."""


class WindowIndicator:
    """A window; only where a screen is there.

    Args of the constructor:
        full_screen: whether it fills the screen.
    """

    def __init__(self, *, full_screen: bool = True) -> None:
        self._full_screen = full_screen
        self._program: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Open the window.

        Raises:
            IndicatorError: there is no screen, or it cannot be used.
        """
        if self._program is not None:
            raise IndicatorError("the window was opened already")
        if not any(os.environ.get(name) for name in DISPLAYS):
            raise IndicatorError(
                "indicator.kind window: there is no screen here (neither DISPLAY nor "
                "WAYLAND_DISPLAY is set); run the edge in a session with one, or use another kind"
            )
        words = [sys.executable, "-P", "-m", "edge.screen"]
        if self._full_screen:
            words.append("--full-screen")
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        program = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        self._program = program
        assert program.stdout is not None  # noqa: S101  # a pipe was asked for
        assert program.stdin is not None  # noqa: S101  # and here, too
        # A window that hangs must not stop the door.
        os.set_blocking(program.stdin.fileno(), False)
        ready, _, _ = select.select([program.stdout], [], [], START_S)
        if not ready or not program.stdout.readline().strip():
            self.stop()
            raise IndicatorError(
                "indicator.kind window: the window did not open; look at the log for what Qt says, "
                "and whether this user may use the screen"
            )

    def show(self, prompt: Prompt) -> None:
        """Show `prompt`; an empty window while nobody is there.

        Raises:
            IndicatorError: the window has gone, or has hung for thousands of prompts.
        """
        if self._program is None or self._program.stdin is None:
            raise IndicatorError("the window has not been opened")
        text = "" if prompt is Prompt.IDLE else prompt.value
        try:
            # A line is far shorter than a pipe holds, so this never waits for a window.
            os.write(self._program.stdin.fileno(), f"{text}\n".encode())
        except OSError as error:
            raise IndicatorError(
                f"the window has gone or hangs ({error.strerror}); see the log"
            ) from error

    def stop(self) -> None:
        """Close the window."""
        program, self._program = self._program, None
        if program is None:
            return
        if program.stdin is not None:
            program.stdin.close()
        try:
            program.wait(STOP_S)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
        if program.stdout is not None:
            program.stdout.close()
