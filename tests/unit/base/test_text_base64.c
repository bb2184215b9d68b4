/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/text_base64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static void encodes(const char *bytes, size_t n, const char *expected)
{
    AUTO_FREE char *code = text_base64(bytes, n);
    assert_string_equal(code, expected);
}

/* RFC 4648, sec. 10. */
static void the_vectors_of_the_rfc(void **state)
{
    (void)state;
    encodes("", 0, "");
    encodes("f", 1, "Zg==");
    encodes("fo", 2, "Zm8=");
    encodes("foo", 3, "Zm9v");
    encodes("foob", 4, "Zm9vYg==");
    encodes("foobar", 6, "Zm9vYmFy");
    encodes("\0\xff\xfe", 3, "AP/+");
}

static void it_is_one_line(void **state)
{
    (void)state;
    char bytes[500] = {0};
    AUTO_FREE char *code = text_base64(bytes, sizeof(bytes));
    assert_int_equal(strlen(code), 668);
    assert_null(strpbrk(code, "\r\n"));
}

static void line_breaks_do_not_count(void **state)
{
    (void)state;
    assert_true(text_same_base64("Zm9vYmFy", "Zm9v\nYmFy\n"));
    assert_true(text_same_base64("", "\r\n"));
    assert_false(text_same_base64("Zm9vYmFy", "Zm9vYmFyZg=="));
    assert_false(text_same_base64("Zm9v", ""));
    assert_false(text_same_base64("zm9v", "Zm9v"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc),
        cmocka_unit_test(it_is_one_line),
        cmocka_unit_test(line_breaks_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
