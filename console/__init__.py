"""How do people administer a site from a phone or a desk? By a web page: one more MQTT client."""
