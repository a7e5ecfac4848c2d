"""Pure decisions of the door: no camera, no broker, no clock of its own."""
