"""How does a door without a display show its prompts? It logs them, once for each change."""

from __future__ import annotations

import structlog

from edge.ports import Prompt

_log = structlog.get_logger(__name__)


class LogIndicator:
    """Writes each new prompt to the log; a prompt shown again is silent."""

    def __init__(self) -> None:
        self._shown: Prompt | None = None

    def start(self) -> None:
        """Nothing to claim."""

    def show(self, prompt: Prompt) -> None:
        """Log `prompt` unless it is the one already shown."""
        if prompt is self._shown:
            return
        self._shown = prompt
        _log.info("prompt", text=prompt.value)

    def stop(self) -> None:
        """Nothing to give back."""
