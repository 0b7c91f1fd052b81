# Sourced by ./run and ./test, which stand in the project's root.

# Trust what this machine trusts: a clinic's network may have a certificate authority of its own.
authorities=/etc/ssl/certs/ca-certificates.crt
if [ -r "$authorities" ]; then
    export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}" NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$authorities}"
fi
export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s\n' "$*"; }

fail() {
    printf '\n%s\n' "$*" >&2
    exit 1
}

# The first Python >= 3.11 here; python3.11 first, because the locks were made for it.
find_python() {
    for python in python3.11 python3 python3.12 python3.13; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            return 0
        fi
    done
    fail "Meridian needs Python 3.11 or newer, found: $(python3 --version 2>&1 || true)
On Debian 12: apt install python3 python3-venv"
}

make_venv() {
    if [ -f .venv/.made ] && .venv/bin/python -c '' 2>/dev/null; then
        return 0
    fi
    "$python" -c 'import ensurepip, venv' 2>/dev/null || fail "This Python has no venv module.
On Debian: apt install python3-venv"
    say "  virtual environment (.venv)"
    "$python" -m venv --clear .venv
    : >.venv/.made
}

# install LOCK: what the lock names, with its hashes; nothing where that was done before.
install() {
    stamp=".venv/.$1.stamp"
    if cat requirements-uv.txt "$1" 2>/dev/null | cmp -s - "$stamp" 2>/dev/null; then
        return 0
    fi
    say "  Python packages ($1)"
    {
        .venv/bin/python -m pip install --quiet --require-hashes -r requirements-uv.txt &&
            .venv/bin/python -m uv pip install --quiet --python .venv/bin/python --require-hashes -r "$1"
    } >.venv/setup.log 2>&1 || {
        tail -n 15 .venv/setup.log >&2
        fail "The Python packages could not be installed. Is this machine online? It needs PyPI once."
    }
    cat requirements-uv.txt "$1" >"$stamp"
}

# secret NAME BYTES: in .env, unless it stands there or in the environment.
secret() {
    if printenv "$1" >/dev/null || grep -q "^$1=." .env 2>/dev/null; then
        return 0
    fi
    (
        umask 077
        [ -z "$(tail -c 1 .env 2>/dev/null)" ] || echo >>.env
        printf '%s=%s\n' "$1" "$(.venv/bin/python -c "import secrets; print(secrets.token_urlsafe($2))")" >>.env
    )
    say "  fresh secret $1 (.env)"
}

# setting NAME DEFAULT: from the environment, else .env, else the default.
setting() {
    value=$(printenv "$1" || sed -n "s/^$1=//p" .env 2>/dev/null | tail -n 1)
    printf '%s' "${value:-$2}"
}
