"""What comes in from outside, checked whole before anything is written."""
