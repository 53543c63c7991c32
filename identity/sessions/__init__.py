"""Who is signed in at Lanyard, and at which apps through it."""
