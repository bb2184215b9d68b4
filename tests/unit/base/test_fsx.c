/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/fsx in a folder of its own: caps, atomic writes, modes, paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fsx.h"
#include "base/mem.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strncpy(folder, "/tmp/rezone-test-fsx.XXXXXX", sizeof(folder) - 1);
    return mkdtemp(folder) ? 0 : -1;
}

static void remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *e;
    while (dir && (e = readdir(dir))) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        AUTO_FREE char *inner = fsx_join(path, e->d_name);
        if (e->d_type == DT_DIR)
            remove_tree(inner);
        else
            unlink(inner);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

static int remove_folder(void **state)
{
    (void)state;
    remove_tree(folder);
    return 0;
}

static size_t entries(void)
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n - 2;
}

static void writes_whole_and_reads_back(void **state)
{
    (void)state;
    struct err err = {0};
    AUTO_FREE char *path = fsx_join(folder, "plan.json");
    assert_true(fsx_write_atomic(path, "a\0b", 3, 0600, &err));
    AUTO_FREE char *got = NULL;
    size_t len = 0;
    bool missing = true;
    assert_true(fsx_read(path, 3, &got, &len, &missing, &err));
    assert_int_equal(len, 3);
    assert_memory_equal(got, "a\0b", 4);
    assert_false(missing);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_true(fsx_write_atomic(path, "new", 3, 0644, &err));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    assert_int_equal(entries(), 1);
}

static void replaces_without_writing_into_the_old_file(void **state)
{
    (void)state;
    struct err err = {0};
    AUTO_FREE char *path = fsx_join(folder, "a"), *second = fsx_join(folder, "b");
    assert_true(fsx_write_atomic(path, "old", 3, 0600, &err));
    assert_int_equal(link(path, second), 0);
    assert_true(fsx_write_atomic(path, "new", 3, 0600, &err));
    AUTO_FREE char *got = NULL;
    assert_true(fsx_read(second, 99, &got, NULL, NULL, &err));
    assert_string_equal(got, "old");
}

static void a_failed_write_leaves_nothing(void **state)
{
    (void)state;
    struct err err = {0};
    AUTO_FREE char *path = fsx_join(folder, "is-a-folder");
    assert_true(fsx_make_dirs(path, &err));
    assert_false(fsx_write_atomic(path, "x", 1, 0600, &err));
    assert_int_equal(err.code, ERR_STATE);
    assert_non_null(strstr(err.text, "is-a-folder"));
    assert_int_equal(entries(), 1);
    err_clear(&err);
    AUTO_FREE char *nowhere = fsx_join(folder, "no/such/file");
    assert_false(fsx_write_atomic(nowhere, "x", 1, 0600, &err));
    assert_true(err_is_set(&err));
}

static void reading_is_capped_and_tells_missing(void **state)
{
    (void)state;
    struct err err = {0};
    AUTO_FREE char *path = fsx_join(folder, "big");
    assert_true(fsx_write_atomic(path, "12345", 5, 0600, &err));
    char *got = NULL;
    bool missing = true;
    assert_false(fsx_read(path, 4, &got, NULL, &missing, &err));
    assert_false(missing);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_null(got);
    err_clear(&err);
    AUTO_FREE char *none = fsx_join(folder, "none");
    assert_false(fsx_read(none, 4, &got, NULL, &missing, &err));
    assert_true(missing);
    assert_int_equal(err.code, ERR_NOTFOUND);
    err_clear(&err);
    assert_false(fsx_read(folder, 4, &got, NULL, &missing, &err));
    assert_false(missing);
    err_clear(&err);
    assert_true(fsx_write_atomic(path, "", 0, 0600, &err));
    assert_true(fsx_read(path, 0, &got, NULL, NULL, &err));
    assert_string_equal(got, "");
    free(got);
    got = NULL;
    assert_true(fsx_read("/proc/self/status", SIZE_MAX, &got, NULL, NULL, &err));
    assert_non_null(strstr(got, "Pid:"));
    free(got);
}

static void makes_private_folders_and_leaves_others(void **state)
{
    (void)state;
    struct err err = {0};
    assert_int_equal(chmod(folder, 0755), 0);
    AUTO_FREE char *deep = fsx_join(folder, "a//b/c/"), *a = fsx_join(folder, "a");
    assert_true(fsx_make_dirs(deep, &err));
    assert_true(fsx_make_dirs(deep, &err));
    struct stat st;
    assert_int_equal(stat(a, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0755);
    AUTO_FREE char *file = fsx_join(a, "file"), *under = fsx_join(file, "x");
    assert_true(fsx_write_atomic(file, "", 0, 0600, &err));
    assert_false(fsx_make_dirs(under, &err));
    err_clear(&err);
    assert_false(fsx_make_dirs(file, &err));
    assert_non_null(strstr(err.text, "Not a directory"));
    err_clear(&err);
    assert_false(fsx_make_dirs("", &err));
}

static void paths(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"a", "."},    {"/a", "/"},   {"/", "/"},
                                          {"a/b", "a"},  {"a/b/", "a"}, {"/a/b", "/a"},
                                          {"a//b", "a"}, {"", "."},     {"//a", "/"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AUTO_FREE char *dir = fsx_dirname(rows[i][0]);
        assert_string_equal(dir, rows[i][1]);
    }
    AUTO_FREE char *one = fsx_join("a", "b"), *two = fsx_join("a/", "b");
    AUTO_FREE char *three = fsx_join("", "b");
    assert_string_equal(one, "a/b");
    assert_string_equal(two, "a/b");
    assert_string_equal(three, "b");
}

static void home(void **state)
{
    (void)state;
    assert_int_equal(setenv("HOME", "/home/op", 1), 0);
    static const char *const rows[][2] = {{"~/x", "/home/op/x"},
                                          {"~", "/home/op"},
                                          {"~op/x", "~op/x"},
                                          {"/~/x", "/~/x"},
                                          {"x", "x"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AUTO_FREE char *path = fsx_expand_home(rows[i][0]);
        assert_string_equal(path, rows[i][1]);
    }
    assert_int_equal(unsetenv("HOME"), 0);
    AUTO_FREE char *path = fsx_expand_home("~/x");
    assert_string_equal(path, "~/x");
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(writes_whole_and_reads_back),
        IN_FOLDER(replaces_without_writing_into_the_old_file),
        IN_FOLDER(a_failed_write_leaves_nothing),
        IN_FOLDER(reading_is_capped_and_tells_missing),
        IN_FOLDER(makes_private_folders_and_leaves_others),
        cmocka_unit_test(paths),
        cmocka_unit_test(home),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
