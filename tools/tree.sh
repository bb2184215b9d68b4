# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# A copy of the source tree to build in, for tools/demo and tools/check, so that neither
# disturbs a build in the tree itself nor is disturbed by edits. To be sourced.

# copy_tree FROM TO: only what changed; times are kept, so that make builds only that again.
copy_tree() {
    mkdir -p "$2"
    (cd "$1" && tar -c \
        --exclude=./.git --exclude=./build --exclude='./build-[!a]*' --exclude=./autom4te.cache \
        --exclude='*.o' --exclude='*.a' --exclude='*.log' --exclude='*.trs' --exclude=.deps \
        --exclude=.dirstamp --exclude=__pycache__ --exclude=./config.status --exclude=./config.h \
        --exclude=./Makefile --exclude=./stamp-h1 --exclude=./rezone --exclude=./rezone.1 \
        --exclude='./rezone-*' --exclude=./tests/fake/fakecloud \
        --exclude='./tests/fuzz/fuzz_*[!c]' .) | (cd "$2" && tar -x)
    mkdir -p "$2/build-aux"
}
