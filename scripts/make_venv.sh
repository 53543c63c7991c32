#!/bin/sh
# Makes the virtual environment named by $1 with the first Python that is new enough; PYTHON=... chooses another.
# The system's own comes first: distributions build it with profile-guided optimisation, which saves a tenth of a
# sign-in, and mend its faults (ADR 28). Whatever is missing is told in one line.
set -eu
venv=$1

fail() {
    echo "$1" >&2
    exit 1
}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

has_modules() {
    "$1" -c 'import venv, ensurepip' >/dev/null 2>&1
}

python=${PYTHON:-}
if [ -n "$python" ]; then
    new_enough "$python" || fail "PYTHON=$python is missing or older than Python 3.11."
elif new_enough /usr/bin/python3 && has_modules /usr/bin/python3; then
    python=/usr/bin/python3
else
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if new_enough "$candidate"; then
            python=$candidate
            break
        fi
    done
    [ -n "$python" ] || fail "Lanyard needs Python 3.11 or newer: install it, or name it with PYTHON=/path/to/python3."
fi

has_modules "$python" ||
    fail "$python lacks the modules venv and ensurepip: install them (Debian, Ubuntu: apt-get install python3-venv)."

mkdir "$venv" 2>/dev/null || [ -w "$venv" ] ||
    fail "This folder is not writable: $(pwd). Lanyard keeps its virtual environment and its data in it."

# Half a virtual environment must not pass for a whole one.
trap 'rm -rf "$venv"; exit 1' INT TERM HUP
"$python" -m venv --clear "$venv" || {
    rm -rf "$venv"
    fail "$python could not make the virtual environment $venv."
}
