"""What the moves of organisations come to, in numbers: no person is named, none told by a number."""
