#!/bin/sh
# Sees to Apache with mod_auth_openidc, a relying party that the tests sign in to: found, or installed from the
# system's packages where we may (its server alone: no site of the system's is set up or started). Never fails:
# without it those tests are skipped, each with a line that says how to get it (in CI they fail).
set -u
[ -x /usr/sbin/apache2 ] && [ -e /usr/lib/apache2/modules/mod_auth_openidc.so ] && exit 0
"$(dirname "$0")/install_packages.sh" "Apache with mod_auth_openidc for the browser tests" \
    apache2-bin libapache2-mod-auth-openidc
