"""What signing in may ask of profiles: whose address is this, and may they sign in."""
