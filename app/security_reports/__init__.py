"""The pages on which security officers look at sign-ins that people say were not theirs."""
