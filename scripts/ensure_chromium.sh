#!/bin/sh
# Sees to a Chromium for the browser tests: found, or installed from the system's packages where we may. Never fails:
# without a browser those tests are skipped, each with a line that says how to get one (in CI they fail).
set -u

found() {
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

found && exit 0
command -v apt-get >/dev/null 2>&1 || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=env
elif sudo -n true >/dev/null 2>&1; then
    as_root="sudo -n env"
else
    exit 0
fi

echo "Installing Chromium for the browser tests ..."
install() {
    $as_root DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium fonts-liberation
}
log=$(mktemp)
{ install || { $as_root apt-get update && install; }; } >"$log" 2>&1 </dev/null || tail -n 3 "$log" >&2
rm -f "$log"
