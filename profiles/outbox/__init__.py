"""What must be told to whom: written in the change's transaction, delivered afterwards, with receipts."""
