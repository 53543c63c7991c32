"""How long records are kept once they are over, which of them are due, and what holds them back."""
