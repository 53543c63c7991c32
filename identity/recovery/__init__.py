"""Recovery through HR: two officers, a waiting time that the person is told of, new ways of signing in."""
