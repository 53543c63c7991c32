"""The composition root, the web pages and the commands."""
