"""Departments, agencies, police forces and armed services, with grade structures of their own."""
