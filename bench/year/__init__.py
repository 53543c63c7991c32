"""A simulated year of moves by the domain's own services, and what came of them on the first mornings."""
