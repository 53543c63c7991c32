"""Clearances as the vetting authority decided them, and their sponsors. Lanyard records; it never grants."""
