#!/bin/sh
# Compile every lock anew after a change of a requirements*.in; with --upgrade take newer releases too.
set -eu
cd "$(dirname "$0")/.."
for name in requirements requirements-dev requirements-node requirements-uv bench/requirements; do
    .venv/bin/python -m uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links "$@" \
        --custom-compile-command "tools/lock.sh" "$name.in" -o "$name.txt"
done
npm_config_update_notifier=false npm install --package-lock-only --ignore-scripts
