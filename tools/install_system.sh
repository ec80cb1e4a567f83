#!/bin/sh
# Installs the system packages that the tests start as real servers. Debian and Ubuntu.
set -eu
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"
command -v apt-get >/dev/null || { echo "Install PostgreSQL 15 or newer and SoftHSM 2, and put initdb and softhsm2-util on the PATH." >&2; exit 1; }
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql softhsm2 >/dev/null
