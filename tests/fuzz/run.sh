#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the fuzzers and ends with one line: 'N passed, N failed'.
#
# tests/fuzz/run.sh [SECONDS] [TARGET...]
#   SECONDS   for each target; 0: only the inputs of tests/fuzz/corpus, once each (default 10)
#   TARGET    clouds, engine, ... (default: all)
#
# FUZZ_BUILD   where ./configure --enable-fuzzers && make ran (default: the tree)
# FUZZ_KEEP    a folder that keeps new inputs for the next run (default: forgotten)
# FUZZ_JOBS    how many targets run beside each other (default 2)
# FUZZ_SEED    of the mutations (default: made from src/, so that each change tries others and what fails there fails
#              again; 0: other ones each time)
#
# A crash, a broken property, a leak, a hang or too much memory is a failure: its input is
# printed as base64, and tests/fuzz/run.sh prints how to run it again.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${FUZZ_BUILD:-$here/../..}
jobs=${FUZZ_JOBS:-2}
seed=${FUZZ_SEED:-$(cat "$here"/../../src/*/*.c | cksum | cut -d' ' -f1)}
seconds=10
case ${1-} in
-h | --help)
    sed -n '3,17s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
[0-9]*)
    seconds=$1
    shift
    ;;
esac
[ $# -gt 0 ] || set -- clouds cmdline engine errors headers identity judges kinds redact reply \
    show state_file state_rows

# A hang is what takes this long on a machine that does much else; memory in MiB.
limits="-timeout=30 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 -verbosity=1"
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=0
export LSAN_OPTIONS=print_suppressions=0:suppressions=$here/../lsan.supp
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
work=$(mktemp -d "${TMPDIR:-/tmp}/rezone-fuzz.XXXXXX")
running=()
stop() {
    trap '' INT TERM
    [ ${#running[@]} -eq 0 ] || kill -TERM "${running[@]}" 2>/dev/null
    wait
    rm -rf "$work"
}
trap 'stop; exit 130' INT
trap 'stop; exit 143' TERM HUP

dictionary() { # dictionary TARGET: the option, if there is one
    case $1 in
    clouds) echo "-dict=$here/yaml.dict" ;;
    identity | errors | kinds | show) echo "-dict=$here/json.dict" ;;
    headers | reply) echo "-dict=$here/http.dict" ;;
    cmdline) echo "-dict=$here/cmdline.dict" ;;
    esac
}

# fuzz NAME ARGUMENTS...: the program with its log; prints what it found.
fuzz() {
    local name=$1 log=$work/$1.log found
    shift
    # The options are meant to be split.
    # shellcheck disable=SC2046,SC2086
    "$build/tests/fuzz/fuzz_$target" $limits $(dictionary "$target") \
        -artifact_prefix="$work/$name-" "$@" >"$log" 2>&1 && return
    echo "FAIL $name"
    grep -aE 'broken:|ERROR:|SUMMARY:|defect at|runtime error' "$log" | cut -c1-300 | sed 's/^/     /'
    grep -aE '^ +#[0-9]+ .* in ' "$log" | grep -v 'fuzzer::' | head -20
    for found in "$work/$name"-*; do
        case $found in
        *.log) continue ;;
        esac
        [ -e "$found" ] || continue
        echo "     $(wc -c <"$found") bytes; once more:"
        echo "     echo $(base64 -w0 "$found") | base64 -d >found && tests/fuzz/fuzz_$target found"
    done
    return 1
}

executions() {
    sed -n 's/^stat::number_of_executed_units: *//p' "$work/$1.log"
}

one() { # one TARGET: its corpus, then what SECONDS find
    local target=$1 known=$here/corpus/$1 new=${FUZZ_KEEP:-$work/new}/$1
    mkdir -p "$new"
    fuzz "$target-corpus" -runs=0 "$known" && echo ok >>"$work/passed"
    [ "$seconds" -gt 0 ] || return
    fuzz "$target" -seed="$seed" -max_total_time="$seconds" "$new" "$known" && echo ok >>"$work/passed"
    printf '%-12s %10s executions in %s s\n' "$target" "$(executions "$target")" "$seconds"
}

total=0
: >"$work/passed"
for target; do
    [ -x "$build/tests/fuzz/fuzz_$target" ] || {
        echo "FAIL $target: there is no $build/tests/fuzz/fuzz_$target"
        total=$((total + 1))
        continue
    }
    total=$((total + (seconds > 0 ? 2 : 1)))
    one "$target" &
    running+=($!)
    # As many as there are jobs: the oldest first.
    [ ${#running[@]} -lt "$jobs" ] || {
        wait "${running[0]}"
        running=("${running[@]:1}")
    }
done
wait
passed=$(wc -l <"$work/passed")
rm -rf "$work"
echo "$passed passed, $((total - passed)) failed"
[ "$passed" -eq "$total" ] && [ "$total" -gt 0 ]
