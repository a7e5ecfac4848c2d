"""The administrator's command line: one more MQTT client."""
