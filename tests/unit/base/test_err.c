/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/err: the first error wins, places are added, the table of codes is whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/log.h"

static void the_first_error_wins(void **state)
{
    (void)state;
    struct err err = {0};
    assert_false(err_is_set(&err));
    assert_false(err_set(&err, ERR_QUOTA, "too many %s", "cores"));
    assert_false(err_set(&err, ERR_AUTH, "second"));
    assert_false(err_set_errno(&err, ERR_STATE, ENOSPC, "third"));
    assert_true(err_is_set(&err));
    assert_int_equal(err.code, ERR_QUOTA);
    assert_string_equal(err.text, "too many cores");
    err_clear(&err);
    assert_false(err_is_set(&err));
    assert_string_equal(err.text, "");
}

static void null_is_allowed(void **state)
{
    (void)state;
    assert_false(err_set(NULL, ERR_QUOTA, "x"));
    assert_false(err_set_errno(NULL, ERR_QUOTA, ENOENT, "x"));
    assert_false(err_wrap(NULL, "x"));
    assert_false(err_is_set(NULL));
    err_clear(NULL);
}

static void a_place_goes_before(void **state)
{
    (void)state;
    struct err err = {0};
    assert_false(err_wrap(&err, "nowhere"));
    assert_false(err_is_set(&err));
    err_set_errno(&err, ERR_STATE, ENOENT, "cannot open %s", "f");
    assert_string_equal(err.text, "cannot open f: No such file or directory");
    err_wrap(&err, "server %d", 7);
    assert_string_equal(err.text, "server 7: cannot open f: No such file or directory");
    err_wrap(&err, "%.8s", err.text);
    assert_string_equal(err.text,
                        "server 7: server 7: cannot open f: No such file or directory");
}

static void stays_one_line_and_is_cut_between_characters(void **state)
{
    (void)state;
    struct err err = {0};
    err_set(&err, ERR_SERVICE, "one\r\ntwo\x1b[0m\n");
    assert_string_equal(err.text, "one  two [0m");
    err_clear(&err);
    char longer[3000] = "x";
    for (size_t i = 1; i + 2 < sizeof(longer); i += 2)
        memcpy(longer + i, "\xc3\xa9", 2);
    err_set(&err, ERR_SERVICE, "%s", longer);
    size_t n = strlen(err.text);
    assert_in_range(n, sizeof(err.text) - 6, sizeof(err.text) - 1);
    assert_string_equal(err.text + n - 3, "...");
    assert_int_equal((unsigned char)err.text[n - 4], 0xA9);
    err_wrap(&err, "place");
    assert_memory_equal(err.text, "place: x", 8);
}

/* Services repeat what they were sent; half a secret behind a cut would not be known. */
static void no_secret_is_in_an_error(void **state)
{
    (void)state;
    struct err err = {0};
    char text[1100];
    memset(text, 'x', sizeof(text));
    memcpy(text + 1010, "s3cret-password", sizeof("s3cret-password"));
    log_secret("s3cret-password");
    err_set(&err, ERR_AUTH, "wrong: %s!", "s3cret-password");
    assert_null(strstr(err.text, "s3cret"));
    assert_memory_equal(err.text, "wrong: {SHA256}", 15);
    err_clear(&err);
    err_set(&err, ERR_AUTH, "%s", text);
    assert_null(strstr(err.text, "s3c"));
    log_close();
}

static void no_error_is_never_an_error(void **state)
{
    (void)state;
    struct err err = {0};
    err_set(&err, ERR_NONE, "odd");
    assert_int_equal(err.code, ERR_INTERNAL);
}

static void the_table_is_whole(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_MAX; i++) {
        enum err_code code = (enum err_code)i;
        assert_int_equal(err_from_name(err_name(code)), code);
        int status = err_exit_status(code);
        assert_true(status == 64 || (status >= 0 && status <= 6));
        assert_int_equal(status == 0, code == ERR_NONE);
        assert_int_equal(*err_hint(code) == '\0', code == ERR_NONE);
    }
    assert_int_equal(err_from_name("nonsense"), ERR_MAX);
    assert_int_equal(err_from_name(NULL), ERR_MAX);
    assert_int_equal(err_retry_class(ERR_CONNECT), ERR_RETRY_BACKOFF);
    assert_int_equal(err_retry_class(ERR_RATE), ERR_RETRY_AFTER);
    assert_int_equal(err_retry_class(ERR_AUTH), ERR_RETRY_NEVER);
    assert_int_equal(err_exit_status(ERR_USAGE), 64);
    assert_int_equal(err_exit_status(ERR_STATE), 6);
    assert_string_equal(err_name((enum err_code)4711), "internal");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(null_is_allowed),
        cmocka_unit_test(a_place_goes_before),
        cmocka_unit_test(stays_one_line_and_is_cut_between_characters),
        cmocka_unit_test(no_secret_is_in_an_error),
        cmocka_unit_test(no_error_is_never_an_error),
        cmocka_unit_test(the_table_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
