/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/resolve: what a user types, to the one server that it names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "base/text.h"
#include "moves/registry.h"

/* Answers in the order of the requests: a status and a body each. */
struct answer {
    int status;
    const char *body;
};
struct engine {
    struct world *world;
    const struct answer *answers;
    size_t n;
    char *urls[4];
};

bool engine_read(struct engine *e, int service, build_fn *build, void *ctx, json_t **ret,
                 struct err *err)
{
    struct request r = {0};
    const struct answer *a = &e->answers[e->n];
    assert_int_equal(service, SERVICE_COMPUTE);
    build(e->world, ctx, &r);
    e->urls[e->n++] = xstrdup(r.url);
    request_clear(&r);
    if (a->status == 404)
        return err_set(err, ERR_NOTFOUND, "not found");
    if (a->status != 200)
        return err_set(err, ERR_SERVICE, "status %d", a->status);
    *ret = parse(a->body);
    return true;
}

static void open_engine(struct engine *e, const struct answer *answers)
{
    *e = (struct engine){.world = world_new(fake_session_new(93)), .answers = answers};
}

static void close_engine(struct engine *e)
{
    for (size_t i = 0; i < e->n; i++)
        xreplace(&e->urls[i], NULL);
    world_free(e->world);
}

static void by_id(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {200, "{'server': {'id': '" SOURCE_ID "', 'name': 'web1'}}"}};
    struct engine e;
    struct vec found = {0};
    struct err err = {0};
    open_engine(&e, answers);
    assert_true(server_resolve(&e, SOURCE_ID, &found, &err));
    assert_int_equal(found.len, 1);
    const struct found_server *f = found.at[0];
    assert_string_equal(f->id, SOURCE_ID);
    assert_string_equal(f->name, "web1");
    assert_string_equal(e.urls[0], "http://compute/servers/" SOURCE_ID);
    vec_clear(&found, found_server_free);
    close_engine(&e);
}

/* Databases compare without letter case, and the filter is an expression. */
static void by_exact_name_over_pages(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {200, "{'servers': [{'id': 'a', 'name': 'WEB1'}, {'id': 'b', 'name': 'web1'}],"
              " 'servers_links': [{'rel': 'next', 'href': 'x'}]}"},
        {200, "{'servers': [{'id': 'c', 'name': 'web11'}, {'id': 'd'}]}"}};
    struct engine e;
    struct vec found = {0};
    struct err err = {0};
    open_engine(&e, answers);
    assert_true(server_resolve(&e, "web1", &found, &err));
    assert_int_equal(e.n, 2);
    assert_non_null(strstr(e.urls[1], "marker=b"));
    assert_int_equal(found.len, 1);
    assert_string_equal(((struct found_server *)found.at[0])->id, "b");
    vec_clear(&found, found_server_free);
    close_engine(&e);
}

static void an_id_may_be_a_name(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {404, NULL}, {200, "{'servers': [{'id': 'a', 'name': '" SOURCE_ID "'}]}"}};
    struct engine e;
    struct vec found = {0};
    struct err err = {0};
    open_engine(&e, answers);
    assert_true(server_resolve(&e, SOURCE_ID, &found, &err));
    assert_false(err_is_set(&err));
    assert_int_equal(found.len, 1);
    vec_clear(&found, found_server_free);
    close_engine(&e);
}

static void fails(const struct answer *answers, const char *word, enum err_code code,
                  const char *text)
{
    struct engine e;
    struct vec found = {0};
    struct err err = {0};
    open_engine(&e, answers);
    assert_false(server_resolve(&e, word, &found, &err));
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.text, text));
    assert_int_equal(found.len, 0);
    close_engine(&e);
}

static void refuses(void **state)
{
    (void)state;
    static const struct answer none[] = {{200, "{'servers': []}"}};
    static const struct answer nobody[] = {{404, NULL}, {200, "{'servers': []}"}};
    static const struct answer two[] = {
        {200, "{'servers': [{'id': 'a', 'name': 'web1'}, {'id': 'b', 'name': 'web1'}]}"}};
    static const struct answer trouble[] = {{500, NULL}};
    static const struct answer odd[] = {{200, "{'server': {}}"}};
    fails(none, "web1", ERR_NOTFOUND, "'web1'");
    fails(nobody, SOURCE_ID, ERR_NOTFOUND, SOURCE_ID);
    fails(two, "web1", ERR_AMBIGUOUS, "a, b");
    fails(trouble, "web1", ERR_SERVICE, "500");
    fails(trouble, SOURCE_ID, ERR_SERVICE, "500");
    fails(odd, SOURCE_ID, ERR_PROTOCOL, SOURCE_ID);
}

static void names_a_few_of_many(void **state)
{
    (void)state;
    struct text body = {0};
    for (int i = 0; i < 12; i++)
        text_addf(&body, "%s{'id': 'id%d', 'name': 'web1'}", i ? ", " : "{'servers': [",
                  i);
    text_add(&body, "]}");
    const struct answer many[] = {{200, text_str(&body)}};
    fails(many, "web1", ERR_AMBIGUOUS, "12 servers");
    fails(many, "web1", ERR_AMBIGUOUS, "id9, ...");
    text_clear(&body);
}

static void the_same_server_twice_is_one(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {200, "{'server': {'id': '" SOURCE_ID "', 'name': 'web1'}}"},
        {200, "{'servers': [{'id': '" SOURCE_ID "', 'name': 'web1'}]}"}};
    struct engine e;
    struct vec found = {0};
    struct err err = {0};
    open_engine(&e, answers);
    assert_true(server_resolve(&e, SOURCE_ID, &found, &err));
    assert_true(server_resolve(&e, "web1", &found, &err));
    assert_int_equal(found.len, 1);
    vec_clear(&found, found_server_free);
    close_engine(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_id),
        cmocka_unit_test(by_exact_name_over_pages),
        cmocka_unit_test(an_id_may_be_a_name),
        cmocka_unit_test(refuses),
        cmocka_unit_test(names_a_few_of_many),
        cmocka_unit_test(the_same_server_twice_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
