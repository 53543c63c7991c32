"""Department apps, the roles each knows, who gets them by which rule, and the agreement behind each."""
