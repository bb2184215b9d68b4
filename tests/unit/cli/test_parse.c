/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/parse: where options may stand, and what ends with 64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/parse.h"

#define ARGS_MAX 16

static int split(const char *line, struct strv *words, char **argv)
{
    strv_split(words, line, ' ');
    for (size_t i = 0; i < words->len && i < ARGS_MAX; i++)
        argv[i] = words->at[i];
    argv[words->len] = NULL;
    return (int)words->len;
}

static void parse(const char *line, struct call *call)
{
    struct strv words = {0};
    char *argv[ARGS_MAX + 1];
    int argc = split(line, &words, argv);
    assert_int_equal(parse_line(argc, argv, call), PARSED_CALL);
    strv_clear(&words);
}

static void globals_stand_before_or_behind(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "rezone -f json --os-cloud demo -y move a b --to az2 -c id -c state",
        "rezone move a -f json b --to az2 -c id --os-cloud=demo -c state --yes",
        "rezone -c id move --to=az2 -fjson a -c state -y b --os-cloud demo",
    };
    for (size_t i = 0; i < 3; i++) {
        struct call call;
        parse(lines[i], &call);
        assert_ptr_equal(call.cmd, &cmd_move);
        assert_int_equal(call.args.len, 2);
        assert_string_equal(call.args.at[0], "a");
        assert_string_equal(call.args.at[1], "b");
        assert_string_equal(given_text(&call, "format"), "json");
        assert_string_equal(given_text(&call, "os-cloud"), "demo");
        assert_string_equal(given_text(&call, "to"), "az2");
        assert_true(given_flag(&call, "yes"));
        assert_int_equal(given_all(&call, "column")->len, 2);
        assert_string_equal(given_all(&call, "column")->at[0], "id");
        call_clear(&call);
    }
}

static void what_is_not_given_has_its_default(void **state)
{
    (void)state;
    struct call call;
    parse("rezone move a --to az2", &call);
    assert_string_equal(given_text(&call, "format"), "table");
    assert_string_equal(given_text(&call, "addresses"), "keep");
    assert_string_equal(given_text(&call, "strategy"), "auto");
    assert_int_equal(given_count(&call, "parallel", 9), 4);
    assert_float_equal(given_seconds(&call, "patience", 1), 300, 0);
    assert_float_equal(given_seconds(&call, "settle", -1), -1, 0);
    assert_null(given_text(&call, "os-cloud"));
    assert_false(given_flag(&call, "yes"));
    call_clear(&call);
}

static void a_double_dash_ends_the_options(void **state)
{
    (void)state;
    struct call call;
    parse("rezone move --to az2 -- -y", &call);
    assert_int_equal(call.args.len, 1);
    assert_string_equal(call.args.at[0], "-y");
    assert_false(given_flag(&call, "yes"));
    call_clear(&call);
}

/* Parses in a child; its exit status, standard output and standard error (both in text).
 */
static int child(const char *line, char *text, size_t size)
{
    int fds[2], status = -1;
    size_t len = 0;
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct strv words = {0};
        char *argv[ARGS_MAX + 1];
        struct call call;
        dup2(fds[1], STDERR_FILENO);
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        parse_line(split(line, &words, argv), argv, &call);
        _exit(99);
    }
    close(fds[1]);
    for (ssize_t n; (n = read(fds[0], text + len, size - 1 - len)) > 0;)
        len += (size_t)n;
    text[len] = '\0';
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_wrong_line_is_64_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        const char *line, *words;
    } lines[] = {
        {"rezone", "no command"},
        {"rezone mvoe a", "did you mean 'move'"},
        {"rezone zzzzzzzz", "no command 'zzzzzzzz'"},
        {"rezone move --to az2", "too few"},
        {"rezone move a", "--to"},
        {"rezone move a --to", "--to"},
        {"rezone move a --to az2:host1", "az2:host1"},
        {"rezone move a --to az2 --addresses old", "keep|new"},
        {"rezone move a --to az2 --parallel 0", "--parallel"},
        {"rezone move a --to az2 --nonsense", "nonsense"},
        {"rezone move a --to az2 -f yaml", "yaml"},
        {"rezone -f yaml move a --to az2", "yaml"},
        {"rezone move a --to az2 -c nonsense", "nonsense"},
        {"rezone -c nonsense status", "nonsense"},
        {"rezone move a --to az2 --settle soon", "soon"},
        {"rezone status --step-timeout nonsense=3", "nonsense"},
        {"rezone status --step-timeout snapshto=3", "'snapshot'"},
        {"rezone commit", "too few"},
        {"rezone show a b", "too many"},
        {"rezone check a", "too many"},
        {"rezone plan a --name b --to az2", "both"},
        {"rezone status --to az2", "to"},
    };
    char text[8192];
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        int status = child(lines[i].line, text, sizeof(text));
        if (status != 64 || !strstr(text, lines[i].words))
            fail_msg("%s: %d %s", lines[i].line, status, text);
    }
}

static void help_lists_every_option(void **state)
{
    (void)state;
    char text[32768];
    assert_int_equal(child("rezone --help", text, sizeof(text)), 0);
    assert_null(strstr(text, "dump-options"));
    for (size_t i = 0; commands[i]; i++) {
        assert_non_null(strstr(text, commands[i]->name));
        assert_non_null(strstr(text, commands[i]->summary));
    }
    for (size_t i = 0; commands[i]; i++) {
        char line[64];
        snprintf(line, sizeof(line), "rezone %s --help", commands[i]->name);
        assert_int_equal(child(line, text, sizeof(text)), 0);
        for (const struct option_row *row = commands[i]->options; row && row->name; row++)
            assert_non_null(strstr(text, row->name));
        for (const struct option_row *row = global_options; row->name; row++)
            assert_non_null(strstr(text, row->name));
    }
}

static void version_is_told(void **state)
{
    (void)state;
    char text[256];
    assert_int_equal(child("rezone --version", text, sizeof(text)), 0);
    assert_string_equal(text, PACKAGE_STRING "\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globals_stand_before_or_behind),
        cmocka_unit_test(what_is_not_given_has_its_default),
        cmocka_unit_test(a_double_dash_ends_the_options),
        cmocka_unit_test(a_wrong_line_is_64_with_the_reason),
        cmocka_unit_test(help_lists_every_option),
        cmocka_unit_test(version_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
