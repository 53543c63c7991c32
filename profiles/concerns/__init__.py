"""What people say is wrong in their record, or with how their data is handled, and what they are answered."""
