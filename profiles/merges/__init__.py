"""Two records of one person: united by several officers, and separated again when that was wrong."""
