"""A department's own accounts, for the demonstration: a small OpenID provider that Lanyard sends people to.

It stands for what a department has already, such as Entra ID or Keycloak, so that linking an account and
signing in with it can be tried without one. Every address at the department's domain is an account, all with
one password. It is no provider to copy or to run anywhere else.
"""
