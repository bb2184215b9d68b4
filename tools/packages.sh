# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Debian packages for tools/demo and tools/check: which are missing, and installing them.
# To be sourced.

# What `./autogen.sh && ./configure && make` needs, with the fake cloud.
build_packages="build-essential autoconf automake pkg-config libcurl4-openssl-dev libjansson-dev
    uuid-dev libsqlite3-dev libyaml-dev libssl-dev libmicrohttpd-dev ca-certificates"
demo_packages="$build_packages curl jq"
# What the checks need besides.
check_packages="$build_packages curl jq libcmocka-dev python3 shellcheck clang libclang-rt-dev
    clang-format-14 valgrind openssl xz-utils python3-openstackclient nghttp2-proxy iproute2"

# missing_packages NAME...: prints those that are not installed.
missing_packages() {
    for package; do
        case $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) in
        'install ok installed') ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

# install_packages NAME...: says what is missing and installs it; false with a message when
# it cannot.
install_packages() {
    command -v apt-get >/dev/null 2>&1 || {
        echo "$0: this is not a Debian; the equivalents of these packages are taken as installed: $*" >&2
        return 0
    }
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    echo "These Debian packages are missing: $missing"
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif ! command -v sudo >/dev/null 2>&1; then
        echo "$0: not root and no sudo: as root, type: apt-get install $missing" >&2
        return 1
    elif sudo -n true 2>/dev/null; then
        as_root='sudo -n'
    elif [ -t 0 ]; then
        as_root=sudo
    else
        echo "$0: sudo wants a password and there is no terminal: as root, type: apt-get install $missing" >&2
        return 1
    fi
    echo "They are now installed with apt-get${as_root:+ as root, by sudo}."
    apt_log=$(mktemp)
    apt_get update && {
        wanted=
        for package in $missing; do
            # A name that another release does not have: its test will say so itself.
            if apt-cache show "$package" >/dev/null 2>&1; then
                wanted="$wanted $package"
            else
                echo "$0: this Debian has no package $package" >&2
            fi
        done
        # The list is meant to be split.
        # shellcheck disable=SC2086
        apt_get -y --no-install-recommends install $wanted
    } || {
        tail -20 "$apt_log" >&2
        echo "$0: apt-get could not install: $missing" >&2
        rm -f "$apt_log"
        return 1
    }
    rm -f "$apt_log"
}

# apt_get ARGUMENTS...: quiet, asks nothing, waits for another apt to end.
apt_get() {
    # $as_root may be empty or hold an option.
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Use-Pty=0 "$@" </dev/null >>"$apt_log" 2>&1
}
