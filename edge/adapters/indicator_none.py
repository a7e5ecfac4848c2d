"""What if nobody is to be told anything? Then prompts go nowhere."""

from __future__ import annotations

from edge.ports import Prompt


class NoIndicator:
    """Shows nothing."""

    def start(self) -> None:
        """Nothing to claim."""

    def show(self, prompt: Prompt) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Nothing to give back."""
