/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/losses: each is refused by its name until that is given, and told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"
#include "fixture.h"
#include "moves/kinds.h"
#include "moves/losses.h"
#include "moves/preflight.h"

enum where { FLAVOR, OWN, IMAGE, SERVER, GROUP_DOC };

struct row {
    const char *name;
    enum where where;
    const char *key, *json;
};

static const struct row rows[] = {
    {"ephemeral", FLAVOR, "OS-FLV-EXT-DATA:ephemeral", "1"},
    {"ephemeral", OWN, "ephemeral", "2"},
    {"swap", FLAVOR, "swap", "512"},
    {"swap", FLAVOR, "swap", "'512'"},
    {"swap", OWN, "swap", "512"},
    {"vtpm", OWN, "extra_specs", "{'hw:tpm_version': '2.0'}"},
    {"vtpm", IMAGE, "hw_tpm_version", "'2.0'"},
    {"nvram", IMAGE, "hw_firmware_type", "'uefi'"},
    {"memory", SERVER, "status", "'PAUSED'"},
    {"memory", SERVER, "status", "'SUSPENDED'"},
    {"server-group", GROUP_DOC, "policy", "'affinity'"},
};

static json_t *doc_of(struct scene *s, enum where where)
{
    switch (where) {
    case FLAVOR:
        return scene_doc(s, &kind_flavor, FLAVOR_ID);
    case IMAGE:
        return scene_doc(s, &kind_image, IMAGE_ID);
    case GROUP_DOC:
        set(scene_server(s), "server_groups", "['g']");
        scene_put(s, &kind_server_group, "g", parse("{'id': 'g', 'members': []}"));
        return scene_doc(s, &kind_server_group, "g");
    case OWN:
        return jget(scene_server(s), "flavor");
    default:
        return scene_server(s);
    }
}

/* The extra specs are the flavor's too, else it has changed since. */
static struct scene *with(const struct row *row, const char *accept)
{
    struct scene *s = scene_new(93);
    set(doc_of(s, row->where), row->key, row->json);
    if (text_eq(row->key, "extra_specs"))
        set(doc_of(s, FLAVOR), row->key, row->json);
    if (accept)
        json_object_set_new(s->m->options, OPTION_ACCEPT_LOSS, json_string(accept));
    assert_int_equal(scene_capture(s), NEXT);
    return s;
}

static void each_is_refused_until_it_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct scene *s = with(&rows[i], NULL);
        char word[64];
        snprintf(word, sizeof(word), "'--accept-loss %s'", rows[i].name);
        assert_int_equal(scene_judge(s, preflight_watch, preflight_seen), FAIL);
        if (!strstr(s->m->err.text, word))
            fail_msg("'%s' lacks %s", s->m->err.text, word);
        assert_non_null(lost(s->m, rows[i].name));
        scene_free(s);

        s = with(&rows[i], rows[i].name);
        assert_int_equal(scene_judge(s, preflight_watch, preflight_seen), NEXT);
        assert_non_null(lost(s->m, rows[i].name));
        assert_int_equal(json_object_size(s->m->lost), 1);
        scene_free(s);
    }
}

static void several_are_named_by_one_list(void **state)
{
    (void)state;
    struct scene *s = with(&rows[0], "memory,ephemeral");
    assert_int_equal(scene_judge(s, preflight_watch, preflight_seen), NEXT);
    scene_free(s);
    s = with(&rows[0], "memory,swap");
    assert_int_equal(scene_judge(s, preflight_watch, preflight_seen), FAIL);
    scene_free(s);
}

static void a_plain_server_loses_nothing(void **state)
{
    (void)state;
    static const struct row none = {NULL, FLAVOR, "swap", "''"};
    struct scene *s = with(&none, NULL);
    assert_int_equal(scene_judge(s, preflight_watch, preflight_seen), NEXT);
    assert_int_equal(json_object_size(s->m->lost), 0);
    scene_free(s);
}

/* From 2.98 on the server shows what it was made with, whatever became of its image. */
static void the_servers_own_properties_count(void **state)
{
    (void)state;
    struct scene *s = scene_new(98);
    set(scene_server(s), "image",
        "{'id': '" IMAGE_ID "', 'properties': {'hw_firmware_type': 'bios'}}");
    set(doc_of(s, IMAGE), "hw_firmware_type", "'uefi'");
    assert_int_equal(scene_capture(s), NEXT);
    losses_tell(s->m);
    assert_null(lost(s->m, "nvram"));
    scene_free(s);
}

/* The words of the option are the names of the table, no more and no fewer. */
static void the_options_words_are_all_names(void **state)
{
    (void)state;
    struct strv names = {0};
    strv_split(&names, LOSS_NAMES, '|');
    size_t known = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        assert_true(strv_has(&names, rows[i].name));
        known += i == 0 || !text_eq(rows[i].name, rows[i - 1].name);
    }
    assert_int_equal(names.len, known);
    strv_clear(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_refused_until_it_is_named),
        cmocka_unit_test(several_are_named_by_one_list),
        cmocka_unit_test(a_plain_server_loses_nothing),
        cmocka_unit_test(the_servers_own_properties_count),
        cmocka_unit_test(the_options_words_are_all_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
