/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/inventory: all pages, our project only, and what proves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "fixture.h"
#include "moves/inventory.h"

/* Answers to what the URL begins with, each once. */
struct answer {
    const char *url;
    enum err_code code; /* ERR_NONE: body */
    const char *body;
};
struct engine {
    struct world *world;
    const struct answer *answers;
    size_t n;
    bool used[16];
    struct strv urls;
};

bool engine_read(struct engine *e, int service, build_fn *build, void *ctx, json_t **ret,
                 struct err *err)
{
    struct request r = {0};
    build(e->world, ctx, &r);
    assert_int_equal(r.service, service);
    assert_string_equal(r.method, "GET");
    AUTO_FREE char *url = xstrdup(r.url);
    request_clear(&r);
    strv_add(&e->urls, url);
    for (size_t i = 0; i < e->n; i++) {
        const struct answer *a = &e->answers[i];
        if (e->used[i] || !text_starts(url, a->url))
            continue;
        e->used[i] = true;
        if (a->code != ERR_NONE)
            return err_set(err, a->code, "%s", a->body);
        *ret = parse(a->body);
        return true;
    }
    fail_msg("nobody answers %s", url);
    return false;
}

static void open_engine(struct engine *e, int compute, const struct answer *answers,
                        size_t n)
{
    *e = (struct engine){
        .world = world_new(fake_session_new(compute)), .answers = answers, .n = n};
}
#define OPEN(e, compute, answers)                                                        \
    open_engine(e, compute, answers, sizeof(answers) / sizeof((answers)[0]))

static void close_engine(struct engine *e)
{
    world_free(e->world);
    strv_clear(&e->urls);
}

#define IMAGES  "http://image/images?owner=" PROJECT
#define PORTS   "http://network/ports?project_id=" PROJECT
#define SERVERS "http://compute/servers/detail?limit=1000"
#define BRIEF   "http://compute/servers"

static void reads_all_pages_servers_last(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {IMAGES "&limit=1000&marker=b", 0, "{'images': [{'id': 'c'}]}"},
        {IMAGES, 0, "{'images': [{'id': 'a'}, {'id': 'b'}], 'next': '/v2/images?x'}"},
        {PORTS "&marker=p", 0,
         "{'ports': [{'id': 'q'}], 'ports_links': [{'rel': "
         "'previous'}]}"},
        {PORTS, 0, "{'ports': [{'id': 'p'}], 'ports_links': [{'rel': 'next'}]}"},
        {SERVERS "&marker=s", 0, "{'servers': [{'id': 't', 'image': {'id': 'a'}}]}"},
        {SERVERS, 0,
         "{'servers': [{'id': 's', 'image': ''}], 'servers_links': [{'rel': "
         "'next', 'href': 'x'}]}"},
        {BRIEF, 0, "{'servers': [{'id': 's'}]}"},
    };
    struct engine e;
    struct inventory inv;
    struct err err = {0};
    OPEN(&e, 93, answers);
    assert_true(inventory_read(&e, e.world, &inv, &err));
    assert_int_equal(json_array_size(inv.images), 3);
    assert_int_equal(json_array_size(inv.ports), 2);
    assert_int_equal(json_array_size(inv.servers), 2);
    assert_string_equal(jstr(inv.bases, "a", ""), "t");
    assert_true(inv.complete && inv.shows_tags && inv.shows_reason);
    assert_int_equal(inv.blind.len, 0);
    assert_true(text_starts(e.urls.at[0], IMAGES));
    assert_true(text_starts(e.urls.at[4], SERVERS));
    assert_string_equal(e.urls.at[6], BRIEF);
    assert_non_null(inventory_server(&inv, "t"));
    assert_null(inventory_server(&inv, "u"));
    assert_null(inventory_server(&inv, NULL));
    inventory_clear(&inv);
    close_engine(&e);
}

/* A page that repeats itself is no reason to ask for ever. */
static void a_list_ends(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {IMAGES, 0, "{'images': []}"},
        {PORTS, 0, "{'ports': [{'id': 'p'}], 'ports_links': [{'rel': 'next'}]}"},
        {PORTS, 0, "{'ports': [{'id': 'p'}], 'ports_links': [{'rel': 'next'}]}"},
        {SERVERS, 0, "{'servers': []}"},
        {BRIEF, 0, "{'servers': []}"},
    };
    struct engine e;
    struct inventory inv;
    struct err err = {0};
    OPEN(&e, 93, answers);
    assert_true(inventory_read(&e, e.world, &inv, &err));
    inventory_clear(&inv);
    close_engine(&e);
}

static void what_is_of_others_or_gone_is_left_out(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {IMAGES, 0,
         "{'images': [{'id': 'a', 'owner': 'other'}, {'id': 'b', 'owner': '" PROJECT
         "', 'status': 'deleted'}, {'id': 'c', 'owner': '" PROJECT "'}]}"},
        {PORTS, 0, "{'ports': [{'id': 'p', 'project_id': 'other'}]}"},
        {SERVERS, 0,
         "{'servers': [{'id': 's', 'tenant_id': 'other'}, {'id': 't', 'tenant_id': "
         "'" PROJECT "', 'status': 'SOFT_DELETED'}]}"},
        {BRIEF, 0, "{'servers': []}"},
    };
    struct engine e;
    struct inventory inv;
    struct err err = {0};
    OPEN(&e, 93, answers);
    assert_true(inventory_read(&e, e.world, &inv, &err));
    assert_int_equal(json_array_size(inv.images), 1);
    assert_int_equal(json_array_size(inv.ports), 0);
    assert_int_equal(json_array_size(inv.servers), 0);
    inventory_clear(&inv);
    close_engine(&e);
}

static void a_down_cell_or_an_old_service_proves_nothing(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {IMAGES, 0, "{'images': []}"},
        {PORTS, 0, "{'ports': []}"},
        {SERVERS, 0, "{'servers': []}"},
        {BRIEF, 0, "{'servers': [{'id': 's', 'status': 'UNKNOWN'}]}"},
    };
    static const int minors[] = {93, 68, 25};
    for (size_t i = 0; i < 3; i++) {
        struct engine e;
        struct inventory inv;
        struct err err = {0};
        OPEN(&e, minors[i], answers);
        assert_true(inventory_read(&e, e.world, &inv, &err));
        assert_false(inv.complete);
        assert_int_equal(inv.shows_tags, minors[i] >= 26);
        assert_int_equal(inv.shows_reason, minors[i] >= 73);
        inventory_clear(&inv);
        close_engine(&e);
    }
}

static void a_service_that_refuses_is_told(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {IMAGES, ERR_FORBIDDEN, "you may not"},
        {PORTS, 0, "{'ports': []}"},
        {SERVERS, 0, "{'servers': []}"},
        {BRIEF, 0, "{'servers': []}"},
    };
    struct engine e;
    struct inventory inv;
    struct err err = {0};
    OPEN(&e, 93, answers);
    assert_true(inventory_read(&e, e.world, &inv, &err));
    assert_false(err_is_set(&err));
    assert_int_equal(inv.blind.len, 1);
    assert_non_null(strstr(inv.blind.at[0], "images"));
    assert_non_null(strstr(inv.blind.at[0], "you may not"));
    inventory_clear(&inv);
    close_engine(&e);
}

static void without_servers_there_is_nothing_to_judge_by(void **state)
{
    (void)state;
    static const struct answer forbidden[] = {
        {IMAGES, 0, "{'images': []}"},
        {PORTS, 0, "{'ports': []}"},
        {SERVERS, ERR_FORBIDDEN, "no"},
    };
    static const struct answer lost[] = {{IMAGES, ERR_CONNECT, "gone"}};
    struct engine e;
    struct inventory inv;
    struct err err = {0};
    OPEN(&e, 93, forbidden);
    assert_false(inventory_read(&e, e.world, &inv, &err));
    assert_int_equal(err.code, ERR_FORBIDDEN);
    close_engine(&e);
    err_clear(&err);
    OPEN(&e, 93, lost);
    assert_false(inventory_read(&e, e.world, &inv, &err));
    assert_int_equal(err.code, ERR_CONNECT);
    close_engine(&e);
}

static void looks_at_each_alone(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {"http://compute/servers/s", 0, "{'server': {'id': 's'}}"},
        {"http://compute/servers/t", ERR_NOTFOUND, "gone"},
        {"http://image/images/a", 0, "{'id': 'a', 'status': 'active'}"},
        {"http://network/ports/p", ERR_NOTFOUND, "gone"},
        {"http://volume/volumes/v", 0, "{'volume': {'id': 'v'}}"},
        {"http://compute/servers/x", 0, "{'server': {'id': 'y'}}"},
        {"http://compute/servers/z", ERR_SERVICE, "trouble"},
    };
    struct engine e;
    struct inventory all = {.bases = json_object(), .complete = true}, inv;
    struct inventory_ids ids = {0};
    struct err err = {0};
    OPEN(&e, 93, answers);
    strv_add(&ids.servers, "s");
    strv_add(&ids.servers, "t");
    strv_add(&ids.images, "a");
    strv_add(&ids.ports, "p");
    strv_add(&ids.volumes, "v");
    assert_true(inventory_look(&e, &all, &ids, &inv, &err));
    assert_false(err_is_set(&err));
    assert_int_equal(json_array_size(inv.servers), 1);
    assert_int_equal(json_array_size(inv.images), 1);
    assert_int_equal(json_array_size(inv.ports), 0);
    assert_int_equal(json_array_size(inv.volumes), 1);
    assert_true(inv.complete);
    inventory_clear(&inv);
    inventory_ids_clear(&ids);
    strv_add(&ids.servers, "x");
    assert_false(inventory_look(&e, &all, &ids, &inv, &err));
    assert_int_equal(err.code, ERR_PROTOCOL);
    err_clear(&err);
    inventory_ids_clear(&ids);
    strv_add(&ids.servers, "z");
    assert_false(inventory_look(&e, &all, &ids, &inv, &err));
    assert_int_equal(err.code, ERR_SERVICE);
    inventory_ids_clear(&ids);
    json_decref(all.bases);
    close_engine(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_pages_servers_last),
        cmocka_unit_test(a_list_ends),
        cmocka_unit_test(what_is_of_others_or_gone_is_left_out),
        cmocka_unit_test(a_down_cell_or_an_old_service_proves_nothing),
        cmocka_unit_test(a_service_that_refuses_is_told),
        cmocka_unit_test(without_servers_there_is_nothing_to_judge_by),
        cmocka_unit_test(looks_at_each_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
