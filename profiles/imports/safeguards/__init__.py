"""What a security officer has put in the way, out of one installation and into another."""
