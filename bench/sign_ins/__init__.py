"""Complete sign-ins over HTTP, from the sign-in page to a session that works: how many, and how fast.

Each is what a returning person's browser sends and what it gets, on connections that stay open: two requests
with a passkey or a password, three through a department, whose token endpoint Lanyard asks besides.
Lanyard is the production server behind a proxy's headers, with production's argon2 cost, and asks the
department over TLS; the one thing changed is that it may ask this machine (``wsgi.py``). The department's own
pages are not measured: the driver makes the code that they would end with.
"""
