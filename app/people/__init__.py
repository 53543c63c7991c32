"""The pages on which HR and security officers look up the people of their organisations."""
