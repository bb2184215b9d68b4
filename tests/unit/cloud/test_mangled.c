/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of all readers of cloud with answers that went wrong: every value of every reply
 * in turn replaced by a value of each other type, and bytes changed, cut and doubled.
 * They pass when nothing crashes, leaks or reads out of bounds (run them with
 * sanitizers), and when a reader that says yes has given what it promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "cloud/auth.h"
#include "cloud/catalog.h"
#include "cloud/error.h"
#include "cloud/nova.h"
#include "cloud/versions.h"
#include "fixture.h"

static unsigned long read_well, refused; /* to see that both happen */

static void note(bool good, const struct err *err)
{
    if (good)
        read_well++;
    else
        refused++;
    assert_int_equal(good, !err_is_set(err));
    assert_true(good || *err->text);
}

static void read_token(struct reply *reply)
{
    struct cloud_config c = {.auth_type = AUTH_PASSWORD};
    struct auth_token t = {0};
    struct err err = {0};
    reply_add(reply, "X-Subject-Token: gAAAA");
    bool good = auth_parse(&c, reply, &t, &err);
    note(good, &err);
    if (good) {
        assert_true(*t.id && *t.project_id && json_is_array(t.catalog));
        for (int i = 0; i < SERVICE_MAX; i++) {
            char *url = NULL;
            err_clear(&err);
            if (catalog_endpoint(t.catalog, &c, i, "RegionOne", PROJECT, &url, &err))
                assert_true(url_is_good(url));
            else
                assert_true(err_is_set(&err) && !url);
            free(url);
        }
        char *region = NULL;
        err_clear(&err);
        good = catalog_region(t.catalog, &c, &region, &err);
        assert_int_equal(good, region != NULL);
        free(region);
    }
    auth_token_clear(&t);
}

static void read_compute(struct reply *reply)
{
    struct compute_versions v = {0};
    struct err err = {0};
    note(versions_compute(reply, &v, &err), &err);
    assert_true(v.max.minor >= v.min.minor);
    free(v.path);
}

static void read_identity(struct reply *reply)
{
    char *base = NULL;
    struct err err = {0};
    bool good = versions_identity(reply, "https://h:5000", &base, &err);
    note(good, &err);
    assert_true(!good || url_is_good(base));
    free(base);
}

static void read_error(struct reply *reply)
{
    struct err err = {0};
    reply->status = 409;
    AUTO_FREE char *message = cloud_message(reply);
    assert_non_null(message);
    assert_false(cloud_error(reply, SERVICE_COMPUTE, &err));
    note(false, &err);
    reply->status = 202;
    free(nova_created_image_id(reply));
    read_well++;
}

static const struct {
    const char *file;
    int status;
    void (*reader)(struct reply *reply);
} readers[] = {
    {"keystone/token_one_region.json", 201, read_token},
    {"keystone/versions.json", 300, read_identity},
    {"nova/version.json", 200, read_compute},
    {"nova/versions.json", 200, read_compute},
    {"nova/image_id.json", 202, read_error},
    {"nova/fault.json", 500, read_error},
    {"neutron/over_quota.json", 409, read_error},
    {"glance/conflict.html", 409, read_error},
};
enum { READERS = sizeof(readers) / sizeof(*readers) };

static void give(size_t i, const char *body, size_t n)
{
    struct reply reply = {.fate = REPLY_HTTP, .status = readers[i].status};
    reply.body = xcalloc(n + 1, 1);
    memcpy(reply.body, body, n);
    reply.body_len = n;
    readers[i].reader(&reply);
    reply_clear(&reply);
}

static json_t *other_value(int kind)
{
    switch (kind) {
    case 0:
        return json_null();
    case 1:
        return json_true();
    case 2:
        return json_integer(INT64_MIN);
    case 3:
        return json_real(-1e300);
    case 4:
        return json_string("");
    case 5:
        return json_string("\x1b[2J/../%s%n\xe2\x80\xae");
    case 6:
        return json_array();
    case 7:
        return json_pack("[[n], {}, s]", "x");
    case 8:
        return json_object();
    default:
        return json_pack("{s: {s: []}}", "message", "message");
    }
}

/* Puts the value in the place of the n-th node under j. false: there are not so many. */
static bool replace(json_t *j, int *n, int kind)
{
    const char *key;
    json_t *member;
    json_object_foreach(j, key, member)
    {
        if ((*n)-- == 0)
            return json_object_set_new(j, key, other_value(kind)) == 0;
        if (replace(member, n, kind))
            return true;
    }
    for (size_t i = 0; i < json_array_size(j); i++) {
        if ((*n)-- == 0)
            return json_array_set_new(j, i, other_value(kind)) == 0;
        if (replace(json_array_get(j, i), n, kind))
            return true;
    }
    return false;
}

static void every_value_of_every_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < READERS; i++) {
        size_t len = 0;
        AUTO_FREE char *s = fixture_text(readers[i].file, &len);
        AUTO_JSON json_t *whole = json_loadb(s, len, 0, NULL);
        bool more = whole != NULL;
        for (int n = 0; more; n++) {
            for (int kind = 0; kind < 10 && more; kind++) {
                int left = n;
                json_t *changed = json_deep_copy(whole);
                more = replace(changed, &left, kind);
                char *body = json_dumps(changed, JSON_COMPACT);
                give(i, body, strlen(body));
                free(body);
                json_decref(changed);
            }
        }
    }
    assert_true(read_well > 100);
    assert_true(refused > 100);
}

static uint32_t seed = 2463534242u;

static uint32_t dice(uint32_t sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % sides;
}

static void mangle(char *s, size_t *n)
{
    static const char sharp[] = "\"\\{}[]<>&:,/\0\n\x80\xff";
    for (uint32_t times = 1 + dice(4); times && *n > 2; times--) {
        size_t at = dice((uint32_t)*n);
        switch (dice(4)) {
        case 0:
            s[at] = (char)dice(256);
            break;
        case 1:
            s[at] = sharp[dice(sizeof(sharp))];
            break;
        case 2:
            *n = at;
            break;
        default:
            memmove(s + at, s + at / 2, *n - at);
        }
    }
}

static void bytes_of_all_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < READERS; i++) {
        size_t len = 0;
        AUTO_FREE char *s = fixture_text(readers[i].file, &len);
        for (int round = 0; round < 1000; round++) {
            AUTO_FREE char *copy = xcalloc(len + 1, 1);
            size_t n = len;
            memcpy(copy, s, len);
            mangle(copy, &n);
            give(i, copy, n);
        }
    }
}

static void yaml_of_all_kinds(void **state)
{
    (void)state;
    static const char yaml[] =
        "base: &b {auth: &a {username: u, password: 'x'}, regions: [r, {name: s, values: "
        "{}}]}\n"
        "clouds:\n  one:\n    <<: *b\n    auth: *a\n  \"two\": |\n    text\n    more\n"
        "  three: [*a, ~, null, {<<: [*b, *a]}]\n";
    unsigned long good = 0, bad = 0;
    for (int round = 0; round < 20000; round++) {
        char copy[sizeof(yaml)];
        size_t n = sizeof(yaml) - 1;
        struct err err = {0};
        json_t *tree = NULL;
        memcpy(copy, yaml, sizeof(yaml));
        mangle(copy, &n);
        if (clouds_yaml_parse(copy, n, &tree, &err))
            good++;
        else
            bad++;
        assert_int_equal(tree != NULL, !err_is_set(&err));
        json_decref(tree);
    }
    assert_true(good > 100);
    assert_true(bad > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_of_every_type),
        cmocka_unit_test(bytes_of_all_kinds),
        cmocka_unit_test(yaml_of_all_kinds),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    log_close();
    return failed;
}
