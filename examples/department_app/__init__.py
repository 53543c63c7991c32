"""A department's own case desk: a relying party of Lanyard, started once for each department.

It knows the issuer's URL and its client credentials and nothing else: it imports nothing of Lanyard, shares
no database with it, and believes only what a verified token says. Departments may copy it to start from.
"""
