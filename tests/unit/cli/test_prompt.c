/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/prompt: answers through a pipe, the end of the input, and ^C. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/prompt.h"

struct fixture {
    int answers; /* the writing end */
    char *text;
    size_t size;
    struct prompt prompt;
};

static void begin(struct fixture *f, const char *answers, bool over)
{
    int fds[2];
    struct err err = {0};
    *f = (struct fixture){0};
    assert_int_equal(pipe(fds), 0);
    f->answers = fds[1];
    f->prompt.in = fds[0];
    f->prompt.out = open_memstream(&f->text, &f->size);
    f->prompt.loop = loop_new(&err);
    assert_non_null(f->prompt.loop);
    assert_int_equal(write(fds[1], answers, strlen(answers)), (ssize_t)strlen(answers));
    if (over) {
        close(f->answers);
        f->answers = -1;
    }
}

static void end(struct fixture *f)
{
    close(f->prompt.in);
    if (f->answers >= 0)
        close(f->answers);
    loop_free(f->prompt.loop);
    fclose(f->prompt.out);
    free(f->text);
}

static void yes_and_no_count_once(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "y\nno\nYES\nN\n", false);
    assert_int_equal(prompt_ask(&f.prompt, "Move?"), ANSWER_YES);
    assert_int_equal(prompt_ask(&f.prompt, "Move?"), ANSWER_NO);
    assert_int_equal(prompt_ask(&f.prompt, "Move?"), ANSWER_YES);
    assert_int_equal(prompt_ask(&f.prompt, "Move?"), ANSWER_NO);
    fflush(f.prompt.out);
    assert_non_null(strstr(f.text, "Move? [y/n/all/quit] "));
    end(&f);
}

static void all_and_quit_hold_for_the_rest(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "n\nall\n", false);
    assert_int_equal(prompt_ask(&f.prompt, "1?"), ANSWER_NO);
    assert_int_equal(prompt_ask(&f.prompt, "2?"), ANSWER_YES);
    assert_int_equal(prompt_ask(&f.prompt, "3?"), ANSWER_YES);
    fflush(f.prompt.out);
    assert_null(strstr(f.text, "3?"));
    end(&f);
    begin(&f, "y\nq\n", false);
    assert_int_equal(prompt_ask(&f.prompt, "1?"), ANSWER_YES);
    assert_int_equal(prompt_ask(&f.prompt, "2?"), ANSWER_NO);
    assert_int_equal(prompt_ask(&f.prompt, "3?"), ANSWER_NO);
    end(&f);
}

static void anything_else_is_asked_again(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "\nyep\n  \ny n\n y \n", false);
    assert_int_equal(prompt_ask(&f.prompt, "Move?"), ANSWER_YES);
    fflush(f.prompt.out);
    size_t asked = 0;
    for (const char *p = f.text; (p = strstr(p, "Move?")); p++)
        asked++;
    assert_int_equal(asked, 5);
    end(&f);
}

static void only_the_question_itself_is_repeated(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "what\ny\n", false);
    assert_int_equal(prompt_ask(&f.prompt, "web: many\n  words\nMove it?"), ANSWER_YES);
    fflush(f.prompt.out);
    const char *first = strstr(f.text, "many\n  words\nMove it? [");
    assert_non_null(first);
    assert_null(strstr(first + 1, "many"));
    assert_non_null(strstr(first + 20, "\nMove it? [y/n/all/quit] "));
    end(&f);
}

static void an_interrupt_before_the_question_is_heard(void **state)
{
    (void)state;
    struct fixture f;
    /* An answer that waits must not win over the person who wants to stop. */
    begin(&f, "y\n", false);
    raise(SIGINT);
    assert_int_equal(prompt_ask(&f.prompt, "Move?"), ANSWER_INTERRUPTED);
    end(&f);
}

static void a_long_answer_is_no_answer(void **state)
{
    (void)state;
    struct fixture f;
    /* Of every length, so that every tail of it is met, "y" alone too. */
    for (size_t len = 4; len < 300; len++) {
        char answer[302];
        memset(answer, 'y', len);
        memcpy(answer + len, "\n", 2);
        begin(&f, answer, true);
        assert_int_equal(prompt_ask(&f.prompt, "Move?"), ANSWER_NO);
        end(&f);
    }
}

static void the_end_of_the_input_is_quit(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "y\ny", true);
    assert_int_equal(prompt_ask(&f.prompt, "1?"), ANSWER_YES);
    assert_int_equal(prompt_ask(&f.prompt, "2?"), ANSWER_NO);
    assert_true(f.prompt.quit);
    end(&f);
}

static void an_interrupt_is_heard(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "", false);
    pid_t child = fork();
    if (child == 0) {
        /* The child hears of the question when the parent waits for an answer: it looks
         * until the parent sleeps in poll. */
        char path[64], state_of[256];
        snprintf(path, sizeof(path), "/proc/%d/stat", (int)getppid());
        for (;;) {
            FILE *stat = fopen(path, "r");
            size_t n = stat ? fread(state_of, 1, sizeof(state_of) - 1, stat) : 0;
            if (stat)
                fclose(stat);
            state_of[n] = '\0';
            const char *after = strrchr(state_of, ')');
            if (after && after[1] == ' ' && after[2] == 'S')
                break;
        }
        kill(getppid(), SIGINT);
        _exit(0);
    }
    assert_int_equal(prompt_ask(&f.prompt, "Move?"), ANSWER_INTERRUPTED);
    assert_false(f.prompt.quit);
    assert_int_equal(waitpid(child, NULL, 0), child);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yes_and_no_count_once),
        cmocka_unit_test(all_and_quit_hold_for_the_rest),
        cmocka_unit_test(anything_else_is_asked_again),
        cmocka_unit_test(a_long_answer_is_no_answer),
        cmocka_unit_test(the_end_of_the_input_is_quit),
        cmocka_unit_test(an_interrupt_is_heard),
        cmocka_unit_test(only_the_question_itself_is_repeated),
        cmocka_unit_test(an_interrupt_before_the_question_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
