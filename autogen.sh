#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes configure and Makefile.in from configure.ac and Makefile.am.
set -e
cd "$(dirname "$0")"
for tool in autoreconf automake pkg-config; do
    command -v "$tool" >/dev/null || {
        echo "autogen.sh: $tool is missing (Debian: autoconf automake pkg-config)" >&2
        exit 1
    }
done
mkdir -p build-aux
exec autoreconf --install --warnings=all,no-obsolete
