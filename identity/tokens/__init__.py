"""What the provider issues: codes, access tokens and ID tokens, and the grant that they all come from."""
