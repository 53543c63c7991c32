"""What pages say of a profile as of a date: shared by the person's own page and HR's."""
