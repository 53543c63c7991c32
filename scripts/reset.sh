#!/bin/sh
# Deletes the data under var/, unless Lanyard is running on it.
set -eu
pid=$(cat var/lanyard.pid 2>/dev/null || true)
if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then
    echo "Lanyard is running (process $pid): stop it first, with Ctrl-C where it runs." >&2
    exit 1
fi
rm -rf var
echo "The data is gone; make run starts over."
