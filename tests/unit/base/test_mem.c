/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/mem: what it gives, and that it ends the process instead of failing. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"

static void gives_zeroed_memory(void **state)
{
    (void)state;
    unsigned char *p = xcalloc(64, 2);
    for (int i = 0; i < 128; i++)
        assert_int_equal(p[i], 0);
    free(p);
    free(xcalloc(0, 0));
}

static void copies_strings(void **state)
{
    (void)state;
    assert_null(xstrdup(NULL));
    assert_null(xstrndup(NULL, 3));
    char *s = xstrndup("abcdef", 3), *t = xstrndup("ab", 30), *u = xstrdup("");
    assert_string_equal(s, "abc");
    assert_string_equal(t, "ab");
    assert_string_equal(u, "");
    free(s);
    free(t);
    free(u);
}

static void formats(void **state)
{
    (void)state;
    AUTO_FREE char *s = xasprintf("%s-%d", "port", 7);
    assert_string_equal(s, "port-7");
}

static void replaces_a_slot_also_by_a_part_of_itself(void **state)
{
    (void)state;
    char *slot = NULL;
    xreplace(&slot, "first");
    assert_string_equal(slot, "first");
    xreplace(&slot, slot + 2);
    assert_string_equal(slot, "rst");
    xreplace(&slot, NULL);
    assert_null(slot);
}

static void steals(void **state)
{
    (void)state;
    char *slot = xstrdup("x");
    char *held = slot;
    AUTO_FREE char *got = xsteal(&slot);
    assert_ptr_equal(got, held);
    assert_null(slot);
    xwipe(NULL);
    xwipe(xstrdup("secret"));
}

static void an_overflow_ends_the_process(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(2);
        signal(SIGABRT, SIG_DFL);
        volatile size_t count = SIZE_MAX / 2;
        free(xrealloc(NULL, count, 4));
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_memory),
        cmocka_unit_test(copies_strings),
        cmocka_unit_test(formats),
        cmocka_unit_test(replaces_a_slot_also_by_a_part_of_itself),
        cmocka_unit_test(steals),
        cmocka_unit_test(an_overflow_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
