"""The open format of records, and how departments' HR and payroll systems bring them in and take them out."""
