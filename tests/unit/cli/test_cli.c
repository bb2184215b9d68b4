/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/cli: whole commands on a database, as far as they go without a cloud. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/vec.h"
#include "cli/cli.h"
#include "rows.h"

struct fixture {
    char dir[64], *db, *out, *err;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    snprintf(f->dir, sizeof(f->dir), "/tmp/rezone-test-cli-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->db = xasprintf("%s/rezone.db", f->dir);
    f->out = xasprintf("%s/out", f->dir);
    f->err = xasprintf("%s/err", f->dir);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"rezone.db", "rezone.db-wal", "rezone.db-shm",
                                        "out",       "err",           "events"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        AUTO_FREE char *path = xasprintf("%s/%s", f->dir, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(f->dir), 0);
    free(f->db);
    free(f->out);
    free(f->err);
    free(f);
    return 0;
}

static void redirect(const char *path, int fd)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || dup2(file, fd) < 0)
        _exit(98);
    close(file);
}

/* Runs "rezone <line>" without a terminal, without a cloud, on the fixture's database. */
static int run(struct fixture *f, const char *line)
{
    pid_t pid = fork();
    int status = -1;
    assert_true(pid >= 0);
    if (pid == 0) {
        struct strv words = {0};
        char *argv[20] = {"rezone", "--state", f->db};
        int argc = 3;
        clearenv();
        setenv("OS_CLIENT_CONFIG_FILE", "/nonexistent/clouds.yaml", 1);
        setenv("HOME", f->dir, 1);
        redirect(f->out, STDOUT_FILENO);
        redirect(f->err, STDERR_FILENO);
        close(STDIN_FILENO);
        open("/dev/null", O_RDONLY);
        strv_split(&words, line, ' ');
        for (size_t i = 0; i < words.len && argc < 19; i++)
            argv[argc++] = words.at[i];
        exit(cli_main(argc, argv));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static char *content(const char *path)
{
    char *text = xcalloc(1, 65536);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, 65535, file) < 65535);
    fclose(file);
    return text;
}

static void says(struct fixture *f, const char *words)
{
    AUTO_FREE char *text = content(f->err);
    if (!strstr(text, words))
        fail_msg("'%s' is not said: %s", words, text);
}

static json_t *result(struct fixture *f)
{
    AUTO_FREE char *text = content(f->out);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (!json)
        fail_msg("no JSON: %s", text);
    return json;
}

static void has_no_result(struct fixture *f)
{
    AUTO_FREE char *text = content(f->out);
    assert_string_equal(text, "");
}

/* How many moves the result has. */
static size_t moves(struct fixture *f)
{
    json_t *json = result(f);
    assert_true(json_is_array(json));
    size_t n = json_array_size(json);
    json_decref(json);
    return n;
}

static void put(struct fixture *f, const char *id, const char *move_state,
                const char *walk)
{
    struct err err = {0};
    struct store *s = store_open(f->db, false, NULL, &err);
    assert_non_null(s);
    struct run_row *run_row = run_row_new();
    run_row->id = xstrdup(RUN_1);
    run_row->created = 1000;
    run_row->command = xstrdup("move");
    run_row->cloud = xstrdup("cloud");
    run_row->options = xstrdup("{}");
    run_row->state = xstrdup("running");
    struct move_row *row = row_of(id, RUN_1, move_state, walk);
    assert_true(store_begin(s, &err) && store_put_run(s, run_row, &err) &&
                store_put_move(s, row, &err) &&
                store_put_journal(s, id, 1000, "it began", &err) &&
                store_commit(s, &err));
    run_row_free(run_row);
    move_row_free(row);
    store_close(s);
}

static void looking_makes_no_database(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(run(f, "status -f json"), 0);
    assert_int_equal(moves(f), 0);
    assert_int_equal(run(f, "resume -f json"), 0);
    assert_int_equal(moves(f), 0);
    assert_int_equal(run(f, "show aaa -f json"), 3);
    says(f, "'aaa'");
    assert_int_equal(run(f, "commit aaa -y -f json"), 3);
    assert_int_equal(moves(f), 0);
    assert_int_equal(access(f->db, F_OK), -1);
}

static void status_lists_what_is_open_first(void **state)
{
    struct fixture *f = *state;
    put(f, MOVE_1, "committed", "commit");
    put(f, MOVE_2, "moved", "forward");
    assert_int_equal(run(f, "status -f value -c id -c state"), 0);
    AUTO_FREE char *text = content(f->out);
    assert_string_equal(text, MOVE_2 " moved\n" MOVE_1 " committed\n");
    assert_int_equal(run(f, "status aaa -f json"), 0);
    assert_int_equal(moves(f), 1);
    assert_int_equal(run(f, "status zzz -f json"), 3);
    says(f, "'zzz'");
}

static void show_has_requests_and_journal(void **state)
{
    struct fixture *f = *state;
    put(f, MOVE_1, "moved", "forward");
    assert_int_equal(run(f, "show " RUN_1 " -f json"), 0);
    json_t *move = result(f);
    assert_string_equal(json_string_value(json_object_get(move, "id")), MOVE_1);
    assert_int_equal(json_array_size(json_object_get(move, "asks")), 0);
    json_t *line = json_array_get(json_object_get(move, "journal"), 0);
    assert_string_equal(json_string_value(json_object_get(line, "what")), "it began");
    json_decref(move);
    put(f, MOVE_2, "moved", "forward");
    assert_int_equal(run(f, "show " RUN_1 " -f json"), 3);
    says(f, MOVE_2);
    has_no_result(f);
}

static void nothing_to_do_needs_no_cloud(void **state)
{
    struct fixture *f = *state;
    put(f, MOVE_1, "committed", "commit");
    put(f, MOVE_2, "undone", "back");
    assert_int_equal(run(f, "commit aaa -f json"), 0);
    assert_int_equal(moves(f), 1);
    assert_int_equal(run(f, "discard aab -f json"), 0);
    assert_int_equal(run(f, "resume -f json"), 0);
    assert_int_equal(moves(f), 0);
    assert_int_equal(run(f, "resume aaa aab -f json"), 0);
    assert_int_equal(moves(f), 2);
}

static void wrong_states_are_refused(void **state)
{
    struct fixture *f = *state;
    put(f, MOVE_1, "running", "forward");
    put(f, MOVE_2, "committed", "commit");
    assert_int_equal(run(f, "commit aaa -y -f json"), 3);
    says(f, "running");
    says(f, "rezone resume " MOVE_1);
    assert_int_equal(moves(f), 1);
    assert_int_equal(run(f, "discard aab -y -f json"), 3);
    /* One refused, one with nothing to do. */
    assert_int_equal(run(f, "commit aaa aab -y -f json"), 2);
    assert_int_equal(moves(f), 2);
}

static void without_a_word_nothing_is_done(void **state)
{
    struct fixture *f = *state;
    put(f, MOVE_1, "moved", "forward");
    assert_int_equal(run(f, "commit aaa -f json"), 3);
    says(f, "-y");
    assert_int_equal(moves(f), 1);
    assert_int_equal(run(f, "discard aaa -f json"), 3);
    assert_int_equal(run(f, "move web db --to az2 -f json"), 3);
    says(f, "-y");
    assert_int_equal(moves(f), 2);
}

static void without_a_cloud_it_is_5_and_silent(void **state)
{
    struct fixture *f = *state;
    put(f, MOVE_1, "moved", "forward");
    assert_int_equal(run(f, "commit aaa -y -f json"), 5);
    has_no_result(f);
    assert_int_equal(run(f, "move web --to az2 -y -f json"), 5);
    has_no_result(f);
    assert_int_equal(run(f, "plan web --to az2 -f json"), 5);
    has_no_result(f);
    assert_int_equal(run(f, "check -f json"), 5);
    has_no_result(f);
    assert_int_equal(run(f, "clean -y -f json"), 5);
    has_no_result(f);
}

static void a_database_of_others_is_6_and_silent(void **state)
{
    struct fixture *f = *state;
    FILE *file = fopen(f->db, "w");
    fputs("this is a diary, and no database at all, written long before", file);
    fclose(file);
    assert_int_equal(run(f, "status -f json"), 6);
    has_no_result(f);
    assert_int_equal(run(f, "resume -f json"), 6);
    has_no_result(f);
    AUTO_FREE char *text = content(f->db);
    assert_non_null(strstr(text, "this is a diary"));
}

static void a_result_that_cannot_be_written_is_told(void **state)
{
    struct fixture *f = *state;
    put(f, MOVE_1, "moved", "forward");
    char *kept = f->out;
    f->out = xstrdup("/dev/full");
    assert_int_equal(run(f, "status"), 1);
    free(f->out);
    f->out = kept;
    says(f, "No space left");
}

static void events_that_cannot_be_written_are_refused_first(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(run(f, "status --events /nonexistent/file"), 3);
    says(f, "/nonexistent/file");
}

static void who_waits_is_told_without_a_cloud(void **state)
{
    struct fixture *f = *state;
    put(f, MOVE_1, "running", "forward");
    put(f, MOVE_2, "held", "forward");
    assert_int_equal(run(f, "resume -f json"), 5);
    has_no_result(f);
    says(f, "rezone resume " MOVE_1);
    says(f, "rezone discard " MOVE_2);
    assert_int_equal(run(f, "discard aab -y -f json"), 5);
    says(f, "rezone discard " MOVE_2);
    assert_int_equal(run(f, "status -f json"), 0);
    says(f, "rezone resume " MOVE_1);
    says(f, "rezone discard " MOVE_2);
    assert_int_equal(run(f, "show aab -f json"), 0);
    says(f, "rezone discard " MOVE_2);
}

static void why_it_is_held_stands_in_the_table(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    put(f, MOVE_1, "held", "forward");
    struct store *s = store_open(f->db, false, NULL, &err);
    struct move_row *row = row_of(MOVE_1, RUN_1, "held", "forward");
    row->held_reason = xstrdup("two-targets");
    assert_true(store_begin(s, &err) && store_put_move(s, row, &err) &&
                store_commit(s, &err));
    move_row_free(row);
    store_close(s);
    assert_int_equal(run(f, "status"), 0);
    AUTO_FREE char *table = content(f->out);
    assert_non_null(strstr(table, "two-targets"));
    assert_int_equal(run(f, "status -f value -c error -c id"), 0);
    AUTO_FREE char *value = content(f->out);
    /* In the table's own order, and what the key says. */
    assert_string_equal(value, MOVE_1 " None\n");
}

static void an_empty_file_is_an_empty_database(void **state)
{
    struct fixture *f = *state;
    FILE *file = fopen(f->db, "w");
    fclose(file);
    assert_int_equal(run(f, "status -f json"), 0);
    assert_int_equal(moves(f), 0);
    assert_int_equal(run(f, "show aaa"), 3);
    says(f, "rezone status");
}

static void empty_values_are_wrong_lines(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(run(f, "status --state="), 64);
    assert_int_equal(run(f, "status --events="), 64);
    assert_int_equal(run(f, "resume --accept="), 64);
    assert_int_equal(run(f, "resume --accept=,"), 64);
    assert_int_equal(run(f, "status --watch -f json"), 64);
    assert_int_equal(run(f, "status --watch -f csv"), 64);
    has_no_result(f);
    assert_int_equal(run(f, "status --watch -f value"), 0);
}

/* And no file or socket of ours takes its place. */
static void a_closed_output_is_told(void **state)
{
    struct fixture *f = *state;
    int status = -1;
    put(f, MOVE_1, "moved", "forward");
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char *argv[] = {"rezone", "--state", f->db, "status", NULL};
        redirect(f->err, STDERR_FILENO);
        close(STDIN_FILENO);
        close(STDOUT_FILENO);
        exit(cli_main(4, argv));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    says(f, "standard output");
    AUTO_FREE char *text = content(f->err);
    assert_null(strstr(text, "defect"));
}

#define WHOLE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WHOLE(looking_makes_no_database),
        WHOLE(status_lists_what_is_open_first),
        WHOLE(show_has_requests_and_journal),
        WHOLE(nothing_to_do_needs_no_cloud),
        WHOLE(wrong_states_are_refused),
        WHOLE(without_a_word_nothing_is_done),
        WHOLE(without_a_cloud_it_is_5_and_silent),
        WHOLE(a_database_of_others_is_6_and_silent),
        WHOLE(a_result_that_cannot_be_written_is_told),
        WHOLE(events_that_cannot_be_written_are_refused_first),
        WHOLE(who_waits_is_told_without_a_cloud),
        WHOLE(why_it_is_held_stands_in_the_table),
        WHOLE(an_empty_file_is_an_empty_database),
        WHOLE(empty_values_are_wrong_lines),
        WHOLE(a_closed_output_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
