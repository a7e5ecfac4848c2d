"""The broker's configuration and access list as templates; installed as `doorctl.mosquitto`."""
