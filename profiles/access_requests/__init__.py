"""A person asks for what is held about them (UK GDPR Art 15); each organisation reviews its own part."""
