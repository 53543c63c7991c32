"""What signing in may ask of the profile: whose address this is, and whether they may sign in."""
