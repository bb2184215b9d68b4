/* SPDX-License-Identifier: Apache-2.0 */
/* The command line through the real parser; nothing is run. Input: arguments, each ended
 * by 0xFF.
 *
 * argp ends the process over a wrong line. An exit handler of ours jumps back out of that
 * (it runs before the fuzzer's own), and what the parser had in hand then is freed by
 * what the allocator told of it. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/parse.h"
#include "fuzz.h"

#define ARGS_MAX   40
#define BLOCKS_MAX 100000

int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *,
                                                                size_t),
                                              void (*on_free)(const volatile void *));

static struct {
    const volatile void *block[BLOCKS_MAX];
    size_t n;
    bool on;
} held;

static void on_malloc(const volatile void *p, size_t size)
{
    (void)size;
    if (!held.on || held.n == BLOCKS_MAX)
        return;
    held.block[held.n++] = p;
}

static void on_free(const volatile void *p)
{
    for (size_t i = held.on ? held.n : 0; i-- > 0;)
        if (held.block[i] == p) {
            held.block[i] = held.block[--held.n];
            return;
        }
}

static void free_held(void)
{
    held.on = false;
    for (size_t i = 0; i < held.n; i++)
        free((void *)(uintptr_t)held.block[i]);
    held.n = 0;
}

static jmp_buf back;
static bool armed;

static void on_end(int status, void *ctx)
{
    (void)ctx;
    if (!armed)
        return;
    armed = false;
    /* 0: --help and the like; 64: a wrong line. */
    longjmp(back, status == 0 ? 1 : status == 64 ? 2 : 3);
}

/* What a command finds must be usable as it stands. */
static void check_call(struct call *call)
{
    must(call->cmd && call->cmd->run);
    must(call->args.len >= call->cmd->min_args && call->args.len <= call->cmd->max_args);
    must(given_text(call, "format") != NULL);
    must(given_seconds(call, "patience", -1) >= 0);
    if (option_find(&call->own, "parallel") < call->own.n)
        must(given_count(call, "parallel", 1) >= 1);
    const struct strv *timeouts = given_all(call, "step-timeout");
    for (size_t i = 0; i < timeouts->len; i++) {
        char *step = NULL;
        double seconds = -1;
        must(option_step_seconds(timeouts->at[i], &step, &seconds) && seconds >= 0);
        free(step);
    }
}

static void parse(int argc, char **argv)
{
    struct call call;
    if (parse_line(argc, argv, &call) == PARSED_CALL)
        check_call(&call);
    call_clear(&call);
}

static void attempt(int argc, char **argv)
{
    must(on_exit(on_end, NULL) == 0);
    held.on = true;
    armed = true;
    int ended = setjmp(back);
    if (ended == 0)
        parse(argc, argv);
    armed = false;
    held.on = false;
    must(ended != 3);
    if (ended)
        free_held();
    held.n = 0;
}

/* Messages go nowhere; the fuzzer speaks through a descriptor of its own. */
static void be_quiet(void)
{
    static bool quiet;
    if (quiet)
        return;
    quiet = true;
    stdout = fopen("/dev/null", "w");
    stderr = fopen("/dev/null", "w");
    must(stdout && stderr);
    setvbuf(stdout, NULL, _IONBF, 0);
    setvbuf(stderr, NULL, _IONBF, 0);
    must(__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    char *argv[ARGS_MAX + 2] = {(char[]){"rezone"}};
    int argc = 1;
    be_quiet();
    while (in.n > 0 && argc <= ARGS_MAX)
        argv[argc++] = take_part(&in, 300, NULL);
    attempt(argc, argv);
    while (argc > 1)
        free(argv[--argc]);
    return 0;
}
