/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of net/loop: deadlines, signals, the extra descriptor, a test's clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "net/loop.h"

static struct loop *open_loop(void)
{
    struct err err = {0};
    struct loop *loop = loop_new(&err);
    assert_non_null(loop);
    alarm(120);
    return loop;
}

/* Both measure against the deadline itself: how long this process waits for its turn is
 * not theirs. */
static bool waits_for(struct loop *loop, double seconds)
{
    struct err err = {0};
    double due = clock_mono() + seconds;
    assert_true(loop_wait(loop, due, &err));
    return clock_mono() >= due;
}

static bool wakes_early(struct loop *loop)
{
    return !waits_for(loop, 3600);
}

static void waits_until_the_deadline(void **state)
{
    (void)state;
    struct loop *loop = open_loop();
    assert_true(waits_for(loop, 0.05));
    assert_true(waits_for(loop, -1));
    struct err err = {0};
    assert_true(loop_wait(loop, 0, &err));
    loop_free(loop);
}

static void a_signal_is_counted_and_ends_a_wait(void **state)
{
    (void)state;
    struct loop *loop = open_loop();
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (int i = 0; i < 3; i++) {
        raise(numbers[i]);
        assert_int_equal(loop_interrupts(loop), i + 1);
        assert_true(wakes_early(loop));
    }
    assert_false(loop_resized(loop));
    raise(SIGWINCH);
    assert_true(wakes_early(loop));
    assert_true(loop_resized(loop));
    assert_false(loop_resized(loop));
    assert_int_equal(loop_interrupts(loop), 3);
    /* All were taken: the next wait waits. */
    assert_true(waits_for(loop, 0.05));
    loop_free(loop);
}

/* Any number of them, until they are taken out. */
static void added_descriptors_wake(void **state)
{
    (void)state;
    struct loop *loop = open_loop();
    int one[2], two[2];
    assert_int_equal(pipe(one) | pipe(two), 0);
    loop_add_fd(loop, one[0]);
    loop_add_fd(loop, two[0]);
    assert_true(waits_for(loop, 0.05));
    assert_int_equal(write(two[1], "x", 1), 1);
    assert_true(wakes_early(loop));
    assert_true(wakes_early(loop)); /* nobody read it */
    loop_remove_fd(loop, two[0]);
    assert_true(waits_for(loop, 0.05));
    assert_int_equal(write(one[1], "x", 1), 1);
    assert_true(wakes_early(loop));
    loop_remove_fd(loop, one[0]);
    for (int i = 0; i < 2; i++) {
        close(one[i]);
        close(two[i]);
    }
    loop_free(loop);
}

static void the_end_of_a_child_wakes(void **state)
{
    (void)state;
    struct loop *loop = open_loop();
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    while (waitpid(child, NULL, WNOHANG) == 0)
        assert_true(wakes_early(loop));
    assert_int_equal(loop_interrupts(loop), 0);
    loop_free(loop);
}

static void a_signal_of_another_process_wakes(void **state)
{
    (void)state;
    struct loop *loop = open_loop();
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        kill(parent, SIGTERM);
        _exit(0);
    }
    struct err err = {0};
    while (loop_interrupts(loop) == 0)
        assert_true(loop_wait(loop, -1, &err));
    assert_int_equal(loop_interrupts(loop), 1);
    waitpid(child, NULL, 0);
    loop_free(loop);
}

static void a_new_loop_starts_from_zero_and_the_old_handlers_come_back(void **state)
{
    (void)state;
    struct sigaction before, during, after;
    sigaction(SIGTERM, NULL, &before);
    struct loop *loop = open_loop();
    raise(SIGTERM);
    struct loop *second = open_loop();
    assert_int_equal(loop_interrupts(loop), 1);
    assert_int_equal(loop_interrupts(second), 0);
    sigaction(SIGTERM, NULL, &during);
    assert_true(during.sa_handler != before.sa_handler);
    loop_free(loop);
    raise(SIGTERM);
    assert_int_equal(loop_interrupts(second), 1);
    loop_free(second);
    sigaction(SIGTERM, NULL, &after);
    assert_true(after.sa_handler == before.sa_handler);
    loop_free(NULL);
}

static void nohup_is_respected_and_pipe_ignored(void **state)
{
    (void)state;
    signal(SIGHUP, SIG_IGN);
    struct loop *loop = open_loop();
    raise(SIGHUP);
    assert_int_equal(loop_interrupts(loop), 0);
    raise(SIGPIPE);
    loop_free(loop);
    signal(SIGHUP, SIG_DFL);
}

static void the_extra_descriptor_ends_a_wait(void **state)
{
    (void)state;
    struct loop *loop = open_loop();
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    loop_watch_fd(loop, ends[0]);
    assert_true(waits_for(loop, 0.05));
    assert_false(loop_watch_ready(loop));
    assert_int_equal(write(ends[1], "y", 1), 1);
    assert_true(wakes_early(loop));
    assert_true(loop_watch_ready(loop));
    loop_watch_fd(loop, -1);
    assert_false(loop_watch_ready(loop));
    assert_true(waits_for(loop, 0.05));
    close(ends[0]);
    close(ends[1]);
    loop_free(loop);
}

static void on_a_tests_clock_nothing_is_waited_for(void **state)
{
    (void)state;
    struct loop *loop = open_loop();
    clock_set_test(10, 10);
    struct err err = {0};
    /* The alarm would end these. */
    assert_true(loop_wait(loop, 1e6, &err));
    assert_true(loop_wait(loop, -1, &err));
    loop_set_transfers(loop, 1);
    assert_true(loop_wait(loop, 1e6, &err));
    clock_set_real();
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_until_the_deadline),
        cmocka_unit_test(a_signal_is_counted_and_ends_a_wait),
        cmocka_unit_test(added_descriptors_wake),
        cmocka_unit_test(the_end_of_a_child_wakes),
        cmocka_unit_test(a_signal_of_another_process_wakes),
        cmocka_unit_test(a_new_loop_starts_from_zero_and_the_old_handlers_come_back),
        cmocka_unit_test(nohup_is_respected_and_pipe_ignored),
        cmocka_unit_test(the_extra_descriptor_ends_a_wait),
        cmocka_unit_test(on_a_tests_clock_nothing_is_waited_for),
    };
    (void)signal(SIGHUP, SIG_DFL); /* whoever runs the tests may have used nohup */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
