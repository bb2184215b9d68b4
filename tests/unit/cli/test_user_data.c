/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cli/user_data: a file that compute would not take is the command line's fault.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/user_data.h"

static char path[] = "/tmp/rezone-user-data-XXXXXX";

static int make(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int drop(void **state)
{
    (void)state;
    return unlink(path);
}

static void holds(size_t n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(fputc('x', f), 'x');
    assert_int_equal(fclose(f), 0);
}

static void refused(const char *name, const char *word)
{
    struct err err = {0};
    assert_null(user_data_read(name, &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.text, "--user-data"));
    if (!strstr(err.text, word))
        fail_msg("'%s' lacks '%s'", err.text, word);
}

static void what_fits_is_read(void **state)
{
    (void)state;
    struct err err = {0};
    holds(3);
    AUTO_FREE char *code = user_data_read(path, &err);
    assert_string_equal(code, "eHh4");
}

static void the_most_is_what_compute_takes(void **state)
{
    (void)state;
    struct err err = {0};
    holds(49149);
    AUTO_FREE char *code = user_data_read(path, &err);
    assert_int_equal(strlen(code), 65532);
    holds(49150);
    refused(path, "49149 bytes");
}

static void nothing_is_not_taken(void **state)
{
    (void)state;
    holds(0);
    refused(path, "is empty");
    refused("/nowhere/at/all", "/nowhere/at/all");
    refused("/tmp", "/tmp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_read),
        cmocka_unit_test(the_most_is_what_compute_takes),
        cmocka_unit_test(nothing_is_not_taken),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
