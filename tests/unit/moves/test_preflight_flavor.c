/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/preflight_flavor: disks and devices that a snapshot does not hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/kinds.h"
#include "moves/preflight.h"

enum where { FLAVOR, OWN, IMAGE };

struct row {
    enum where where;
    const char *key, *json, *word;
};

static const struct row rows[] = {
    {FLAVOR, "OS-FLV-EXT-DATA:ephemeral", "1", "ephemeral"},
    {OWN, "ephemeral", "1", "ephemeral"},
    {FLAVOR, "swap", "512", "swap"},
    {FLAVOR, "swap", "'512'", "swap"},
    {OWN, "swap", "512", "swap"},
    {FLAVOR, "disk", "0", "root disk of size 0"},
    {IMAGE, "min_disk", "2", "1 GB of root disk and its image wants 2"},
    {IMAGE, "min_ram", "513", "512 MB of memory and its image wants 513"},
    {OWN, "disk", "2", "changed since the server was made (disk)"},
    {OWN, "vcpus", "2", "(vcpus)"},
    {OWN, "extra_specs", "{'hw:cpu_policy': 'dedicated'}", "(extra specs)"},
    {OWN, "extra_specs", "{'accel:device_profile': 'x'}", "accel:device_profile"},
    {OWN, "extra_specs", "{'pci_passthrough:alias': 'x:1'}", "pci_passthrough:alias"},
    {OWN, "extra_specs", "{'resources:VGPU': '1'}", "resources:VGPU"},
    {OWN, "extra_specs", "{'hw:tpm_version': '2.0'}", "TPM"},
    {IMAGE, "hw_tpm_version", "'2.0'", "TPM"},
};

static enum verdict run(struct scene *s)
{
    assert_int_equal(scene_capture(s), NEXT);
    return scene_judge(s, preflight_watch, preflight_seen);
}

static json_t *doc_of(struct scene *s, enum where where)
{
    return where == FLAVOR  ? scene_doc(s, &kind_flavor, FLAVOR_ID)
           : where == IMAGE ? scene_doc(s, &kind_image, IMAGE_ID)
                            : jget(scene_server(s), "flavor");
}

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct scene *s = scene_new(93);
        set(doc_of(s, rows[i].where), rows[i].key, rows[i].json);
        enum verdict v = run(s);
        if (v != FAIL || s->m->err.code != ERR_REFUSED ||
            !strstr(s->m->err.text, rows[i].word))
            fail_msg("verdict %d, '%s' lacks '%s'", v, s->m->err.text, rows[i].word);
        scene_free(s);
    }
}

static void refuses_one_that_is_gone(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    scene_put(s, &kind_flavor, FLAVOR_ID, NULL);
    assert_int_equal(run(s), FAIL);
    assert_non_null(strstr(s->m->err.text, "flavor m1.tiny is gone"));
    scene_free(s);
}

/* "" was how Nova wrote none. */
static void takes_what_is_enough(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(doc_of(s, FLAVOR), "swap", "''");
    set(doc_of(s, IMAGE), "min_disk", "1");
    set(doc_of(s, IMAGE), "min_ram", "512");
    assert_int_equal(run(s), NEXT);
    scene_free(s);

    s = scene_new(93); /* an image that is gone has no wishes */
    scene_put(s, &kind_image, IMAGE_ID, NULL);
    assert_int_equal(run(s), NEXT);
    scene_free(s);

    s = scene_new(46); /* the server shows no sizes there */
    set(scene_server(s), "flavor", "{'id': '" FLAVOR_ID "'}");
    scene_put(s, &kind_flavor_specs, FLAVOR_ID, parse("{}"));
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_one_that_is_gone),
        cmocka_unit_test(takes_what_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
