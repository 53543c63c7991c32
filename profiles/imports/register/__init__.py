"""The register of organisations as a whole, out of one installation and into another that has none."""
