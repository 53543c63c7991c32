"""What organisations and the platform ask of a sign-in, and whether one is good enough."""
