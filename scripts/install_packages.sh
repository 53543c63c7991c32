#!/bin/sh
# Installs packages of the system, where it is Debian's kind and we may: install_packages.sh "what for" package ...
# Never fails: what then is missing says so itself.
set -u
purpose=$1
shift
command -v apt-get >/dev/null 2>&1 || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=env
elif sudo -n true >/dev/null 2>&1; then
    as_root="sudo -n env"
else
    exit 0
fi

echo "Installing $purpose ..."
install() {
    $as_root DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
}
log=$(mktemp)
{ install "$@" || { $as_root apt-get update && install "$@"; }; } >"$log" 2>&1 </dev/null || tail -n 3 "$log" >&2
rm -f "$log"
