/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of net/http_redact: which values are hidden, also in a body that was cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "net/http_redact.h"

/* "<hash of ...>" in the expectation stands for what hides it. */
static void becomes(const char *body, const char *expected)
{
    struct text want = {0};
    const char *p = expected, *mark;
    while ((mark = strstr(p, "<hash of "))) {
        const char *end = strchr(mark, '>');
        text_add_n(&want, p, (size_t)(mark - p));
        AUTO_FREE char *secret = xstrndup(mark + 9, (size_t)(end - mark - 9));
        char hex[13];
        text_hash_hex(secret, hex, sizeof(hex));
        text_addf(&want, "{SHA256}%s", hex);
        p = end + 1;
    }
    text_add(&want, p);
    AUTO_FREE char *got = http_redact_body(body, strlen(body), 4096);
    assert_string_equal(got, text_str(&want));
    text_clear(&want);
}

static void secrets_are_found_by_name(void **state)
{
    (void)state;
    becomes("{\"server\": {\"name\": \"x\", \"adminPass\": \"pw1\"}}",
            "{\"server\": {\"name\": \"x\", \"adminPass\": \"<hash of pw1>\"}}");
    becomes("{\"ADMINPASS\" : \"pw1\" }", "{\"ADMINPASS\" : \"<hash of pw1>\" }");
    becomes("{\"OS-EXT-SRV-ATTR:user_data\":\"IyE=\",\"a\":1}",
            "{\"OS-EXT-SRV-ATTR:user_data\":\"<hash of IyE=>\",\"a\":1}");
    becomes("{\"secret\":12345,\"b\":678}", "{\"secret\":<hash of 12345>,\"b\":678}");
    becomes("{\"secret\":[\"a\",\"b\"],\"c\":\"d\"}",
            "{\"secret\":[\"<hash of a>\",\"<hash of b>\"],\"c\":\"d\"}");
    becomes("{\"user_data\":null,\"secret\":false}",
            "{\"user_data\":null,\"secret\":false}");
    becomes("[{\"password\":\"a\\\"b\\\\\"},{\"x\":\"password\"}]",
            "[{\"password\":\"<hash of a\\\"b\\\\>\"},{\"x\":\"password\"}]");
}

static void a_login_keeps_its_shape(void **state)
{
    (void)state;
    becomes("{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":"
            "{\"name\":\"op\",\"id\":\"u1\",\"password\":\"pw\"}}}}}",
            "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":"
            "{\"name\":\"op\",\"id\":\"u1\",\"password\":\"<hash of pw>\"}}}}}");
    becomes(
        "{\"identity\":{\"methods\":[\"token\"],\"token\":{\"id\":\"gAAA\"}},\"id\":"
        "\"x\"}",
        "{\"identity\":{\"methods\":[\"token\"],\"token\":{\"id\":\"<hash of gAAA>\"}},"
        "\"id\":\"x\"}");
    becomes("{\"token\":\"gAAA\"}", "{\"token\":\"<hash of gAAA>\"}");
}

static void what_was_cut_hides_its_secret_too(void **state)
{
    (void)state;
    becomes("{\"adminPass\": \"pw-that-was-c",
            "{\"adminPass\": \"<hash of pw-that-was-c>\"");
    becomes("{\"adminPass\": \"pw\\", "{\"adminPass\": \"<hash of pw\\>\"");
    becomes("{\"adminPass\": 12", "{\"adminPass\": <hash of 12>");
    becomes("{\"adminPass\"", "{\"adminPass\"");
    becomes("{\"a\": \"b", "{\"a\": \"b");
}

static void what_is_no_json_is_copied(void **state)
{
    (void)state;
    becomes("<html>password</html>", "<html>password</html>");
    becomes("", "");
    AUTO_FREE char *binary = http_redact_body("ab\0cd", 5, 99);
    assert_string_equal(binary, "ab");
}

static void deep_and_long_bodies_end(void **state)
{
    (void)state;
    struct text t = {0};
    for (int i = 0; i < 5000; i++)
        text_add(&t, "[{\"a\":");
    text_add(&t, "{\"secret\":\"deep\"}");
    AUTO_FREE char *whole = http_redact_body(t.s, t.len, (size_t)1 << 20);
    assert_null(strstr(whole, "deep"));
    AUTO_FREE char *some = http_redact_body(t.s, t.len, 100);
    assert_in_range(strlen(some), 80, 100);
    text_clear(&t);
}

static void the_way_up_from_the_deep_hides_too(void **state)
{
    (void)state;
    struct text t = {0};
    text_add(&t, "{\"password\":[");
    for (int i = 0; i < 70; i++)
        text_add(&t, "{\"name\":[");
    for (int i = 0; i < 70; i++)
        text_add(&t, "]}");
    text_add(&t, ",\"sesame\"],\"name\":\"web1\"}");
    AUTO_FREE char *shown = http_redact_body(t.s, t.len, (size_t)1 << 20);
    assert_null(strstr(shown, "sesame"));
    assert_non_null(strstr(shown, "\"name\":\"web1\"}"));
    text_clear(&t);
}

static void headers_and_urls(void **state)
{
    (void)state;
    AUTO_FREE char *token = http_redact_header("x-auth-token: abc");
    assert_string_equal(token, "x-auth-token: {SHA256}ba7816bf8f01");
    AUTO_FREE char *plain = http_redact_header("Accept: x");
    assert_string_equal(plain, "Accept: x");
    AUTO_FREE char *user = http_redact_url("https://op:pw@host:5000/v3?a=b@c");
    assert_string_equal(user, "https://host:5000/v3?a=b@c");
    AUTO_FREE char *none = http_redact_url("https://host/v3?mail=a@b");
    assert_string_equal(none, "https://host/v3?mail=a@b");
    AUTO_FREE char *odd = http_redact_url("nonsense");
    assert_string_equal(odd, "nonsense");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_found_by_name),
        cmocka_unit_test(a_login_keeps_its_shape),
        cmocka_unit_test(what_was_cut_hides_its_secret_too),
        cmocka_unit_test(what_is_no_json_is_copied),
        cmocka_unit_test(deep_and_long_bodies_end),
        cmocka_unit_test(the_way_up_from_the_deep_hides_too),
        cmocka_unit_test(headers_and_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
