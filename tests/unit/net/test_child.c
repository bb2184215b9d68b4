/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of net/child: how a command ends, what is kept of its words, who is killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/child.h"

static struct loop *loop;

static int open_loop(void **state)
{
    (void)state;
    struct err err = {0};
    loop = loop_new(&err);
    alarm(120);
    return loop ? 0 : -1;
}

static int close_loop(void **state)
{
    (void)state;
    loop_free(loop);
    return 0;
}

static struct child *start(const char *command, const char *env, double limit_s)
{
    struct strv vars = {0};
    struct err err = {0};
    if (env)
        strv_add(&vars, env);
    struct child *c = child_start(loop, command, &vars, limit_s, &err);
    if (!c)
        fail_msg("%s", err.text);
    strv_clear(&vars);
    return c;
}

/* By the loop's own wake-ups: nothing here asks again and again. */
static void finish(struct child *c)
{
    struct err err = {0};
    while (!child_poll(c))
        assert_true(loop_wait(loop, child_deadline(c), &err));
}

static bool succeeds(const char *command, const char *env, struct err *err)
{
    struct child *c = start(command, env, 60);
    finish(c);
    bool ok = child_succeeded(c, err);
    child_free(c);
    return ok;
}

static void ends_by_itself(void **state)
{
    (void)state;
    struct err err = {0};
    assert_true(succeeds("true", NULL, &err));
    assert_false(succeeds("sh -c 'exit 7'", NULL, &err));
    assert_non_null(strstr(err.text, "status 7"));
    err_clear(&err);
    assert_false(succeeds("sh -c 'kill -TERM $$'", NULL, &err));
    assert_non_null(strstr(err.text, "signal 15"));
}

static void knows_its_environment_and_no_input(void **state)
{
    (void)state;
    struct err err = {0};
    setenv("REZONE_ADDRESS", "old", 1);
    assert_true(succeeds("sh -c 'test \"$REZONE_ADDRESS\" = 10.0.0.7'",
                         "REZONE_ADDRESS=10.0.0.7", &err));
    assert_true(succeeds("sh -c '! read line && test -n \"$PATH\"'", NULL, &err));
}

static void keeps_its_last_line(void **state)
{
    (void)state;
    struct err err = {0};
    assert_false(
        succeeds("sh -c 'printf \"one\\ntwo\\033[2J\\n\\n\" >&2; exit 1'", NULL, &err));
    assert_non_null(strstr(err.text, ": 'two"));
    assert_null(strstr(err.text, "one"));
    assert_null(strchr(err.text, 0x1b));
    err_clear(&err);
    /* More than is kept, and more than a pipe holds. */
    assert_false(succeeds("sh -c 'head -c 300000 /dev/zero | tr \"\\0\" x; "
                          "echo; echo last; exit 1'",
                          NULL, &err));
    assert_non_null(strstr(err.text, ": 'last'"));
}

static void inherits_no_descriptor(void **state)
{
    (void)state;
    struct err err = {0};
    int fd = open("/dev/null", O_RDONLY); /* without close-on-exec on purpose */
    AUTO_FREE char *command = xasprintf("sh -c '! test -e /proc/self/fd/%d'", fd);
    assert_true(fd > 2);
    assert_true(succeeds(command, NULL, &err));
    close(fd);
}

static void cannot_be_run(void **state)
{
    (void)state;
    static const char *const bad[] = {"/nowhere/at-all", "", "'"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct strv none = {0};
        struct err err = {0};
        assert_null(child_start(loop, bad[i], &none, 1, &err));
        assert_true(err_is_set(&err));
    }
}

static bool is_there(pid_t pid)
{
    return kill(pid, 0) == 0 || errno != ESRCH;
}

/* The first word it writes to the file of that name. */
static pid_t pid_in(const char *path)
{
    char text[32] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!read(fd, text, sizeof(text) - 1);
        close(fd);
    }
    return strchr(text, '\n') ? (pid_t)strtol(text, NULL, 10) : 0;
}

static void is_killed_with_all_it_started(void **state)
{
    (void)state;
    char path[] = "/tmp/rezone-child-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    AUTO_FREE char *command =
        xasprintf("sh -c 'sleep 1000 & echo $! >%s; echo up; wait'", path);
    struct err err = {0};
    struct child *c = start(command, NULL, 1);
    finish(c);
    assert_true(child_was_late(c));
    assert_false(child_succeeded(c, &err));
    assert_int_equal(err.code, ERR_TIMEOUT);
    assert_non_null(strstr(err.text, "'up'"));
    child_free(c);
    pid_t grandchild = pid_in(path);
    assert_true(grandchild > 0);
    /* It is somebody else's to wait for, so that it may be seen for a moment. */
    for (double until = clock_mono() + 20; is_there(grandchild) && clock_mono() < until;)
        loop_wait(loop, clock_mono() + 0.01, &err);

    /* And so is one that is freed before its end. */
    c = start("sleep 1000", NULL, 1000);
    child_free(c);
    unlink(path);
}

/* In another process: it starts the command, and is killed once that has said who it is.
 */
static void dies_beside(const char *path)
{
    AUTO_FREE char *command = xasprintf("sh -c 'echo $$ >%s; exec sleep 1000'", path);
    struct err err = {0};
    struct child *c = start(command, NULL, 1000);
    while (!pid_in(path))
        loop_wait(loop, clock_mono() + 0.01, &err);
    (void)kill(getpid(), SIGKILL);
    child_free(c);
    _exit(1);
}

static void does_not_survive_us(void **state)
{
    (void)state;
    char path[] = "/tmp/rezone-child-XXXXXX";
    int fd = mkstemp(path), status = 0;
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1),
                     0); /* so that we may wait for it */
    pid_t us = fork();
    if (us == 0)
        dies_beside(path);
    assert_int_equal(waitpid(us, &status, 0), us);
    assert_true(WIFSIGNALED(status));
    pid_t command = pid_in(path);
    assert_true(command > 0);
    assert_int_equal(waitpid(command, &status, 0), command); /* or the alarm ends this */
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_by_itself),
        cmocka_unit_test(knows_its_environment_and_no_input),
        cmocka_unit_test(keeps_its_last_line),
        cmocka_unit_test(inherits_no_descriptor),
        cmocka_unit_test(cannot_be_run),
        cmocka_unit_test(is_killed_with_all_it_started),
        cmocka_unit_test(does_not_survive_us),
    };
    return cmocka_run_group_tests(tests, open_loop, close_loop);
}
