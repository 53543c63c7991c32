"""The protocol endpoints, one file each, by their names in the specifications."""
