"""What a person may use: a pure function of facts, rules and a moment, and its explanation."""
