"""Leave and absence, as an employer states them and a transfer carries them."""
