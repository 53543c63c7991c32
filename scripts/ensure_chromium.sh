#!/bin/sh
# Sees to a Chromium for the browser tests: found, or installed from the system's packages where we may. Never fails:
# without a browser those tests are skipped, each with a line that says how to get one (in CI they fail).
set -u
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
"$(dirname "$0")/install_packages.sh" "Chromium for the browser tests" chromium fonts-liberation
