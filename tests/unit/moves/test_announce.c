/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/announce: what changes is said before, by stable names, and no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "moves/kinds.h"
#include "moves/refusal.h"

static struct scene *announcing(struct scene *s)
{
    assert_int_equal(scene_capture(s), NEXT);
    announce_changes(s->m);
    return s;
}

static void says(const struct scene *s, const char *name, const char *word)
{
    const char *text = announced(s->m, name);
    if (!text || !strstr(text, word))
        fail_msg("%s: '%s' lacks '%s'", name, text ? text : "(not announced)", word);
}

static void exactly(const struct scene *s, const char *const *names)
{
    size_t n = 0;
    for (; names[n]; n++)
        says(s, names[n], "");
    if (json_object_size(s->m->announced) != n) {
        char *all = json_dumps(s->m->announced, JSON_COMPACT);
        fail_msg("%zu announced instead of %zu: %s", json_object_size(s->m->announced), n,
                 all);
    }
}

static void a_plain_server(void **state)
{
    (void)state;
    static const char *const names[] = {
        "new-uuid",  "first-boot",  "admin-password",   "user-id",
        "addresses", "port-ids",    "forced-power-off", "image-needed-for-rebuild",
        "user-data", "pinned-zone", "scheduler-hints",  NULL};
    struct scene *s = announcing(scene_new(93));
    exactly(s, names);
    says(s, "addresses", "10.10.0.5");
    says(s, "user-id", "as before");
    scene_free(s);
}

/* Where everything is shown, less is unknown. */
static void the_newest_cloud(void **state)
{
    (void)state;
    static const char *const names[] = {
        "new-uuid",  "first-boot", "admin-password",   "user-id",
        "addresses", "port-ids",   "forced-power-off", "image-needed-for-rebuild",
        NULL};
    struct scene *s = scene_new(104);
    set(scene_server(s), "scheduler_hints", "{}");
    set(scene_server(s), "pinned_availability_zone", "'az1'");
    set(scene_server(s), "OS-EXT-SRV-ATTR:user_data", "null");
    exactly(announcing(s), names);
    scene_free(s);
}

static void what_is_special(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(scene_server(s), "status", "'SHUTOFF'");
    set(scene_server(s), "user_id", "'someone'");
    set(scene_port(s, 0), "name", "'web-port'");
    set(scene_server(s), "OS-EXT-SRV-ATTR:hostname", "'web1.example.org'");
    announcing(s);
    says(s, "started-for-a-moment", "stopped");
    assert_null(announced(s->m, "forced-power-off"));
    says(s, "user-id", "instead of someone");
    says(s, "key-pair", "'key'");
    says(s, "port-names", PORT_A);
    says(s, "hostname", "'web1.example.org'");
    scene_free(s);

    s = scene_new(93);
    set(scene_server(s), "status", "'PAUSED'");
    announcing(s);
    says(s, "woken-for-a-moment", "PAUSED");
    assert_null(announced(s->m, "started-for-a-moment"));
    scene_free(s);

    s = scene_new(93); /* that one can be given */
    set(scene_server(s), "OS-EXT-SRV-ATTR:hostname", "'shop'");
    announcing(s);
    assert_null(announced(s->m, "hostname"));
    scene_free(s);

    s = scene_new(96);
    set(scene_server(s), "pinned_availability_zone", "null");
    announcing(s);
    says(s, "pinned-zone", "the source is not bound");
    scene_free(s);
}

/* Nova calls a port after its server, Neutron writes that in lower case. */
static void ports_are_called_after_their_server(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(s->m->options, "addresses", "'keep'");
    set(scene_server(s), "OS-EXT-SRV-ATTR:hostname", "'Shop'");
    set(scene_port(s, 0), "dns_name", "'shop'");
    announcing(s);
    assert_null(announced(s->m, "port-dns"));
    scene_free(s);

    s = scene_new(89); /* it was renamed, and its host name is not shown */
    set(s->m->options, "addresses", "'keep'");
    json_object_del(scene_server(s), "OS-EXT-SRV-ATTR:hostname");
    set(scene_port(s, 0), "dns_name", "'shop'");
    announcing(s);
    says(s, "port-dns", "'shop' becomes 'web1'");
    scene_free(s);

    s = scene_new(89);
    set(s->m->options, "addresses", "'keep'");
    json_object_del(scene_server(s), "OS-EXT-SRV-ATTR:hostname");
    set(scene_port(s, 0), "dns_name", "'web1'");
    announcing(s);
    assert_null(announced(s->m, "port-dns"));
    scene_free(s);
}

static void old_clouds(void **state)
{
    (void)state;
    struct scene *s = scene_new(1);
    set(scene_server(s), "flavor", "{'id': '" FLAVOR_ID "'}");
    json_object_del(scene_server(s), "tags");
    json_object_del(scene_server(s), "OS-EXT-SRV-ATTR:hostname");
    json_object_del(scene_server(s), "server_groups");
    json_object_del(scene_doc(s, &kind_flavor, FLAVOR_ID), "extra_specs");
    announcing(s);
    says(s, "lock-unproved", "2.9");
    says(s, "description", "2.19");
    says(s, "tags", "2.26");
    says(s, "hostname", "'web1'");
    says(s, "server-groups", "not shown");
    says(s, "flavor-specs", "not shown");
    assert_null(announced(s->m, "device-tags"));
    scene_free(s);

    s = scene_new(51);
    announcing(s);
    says(s, "tags", "2 are lost");
    says(s, "device-tags", "2.70");
    assert_null(announced(s->m, "lock-unproved"));
    assert_null(announced(s->m, "description"));
    scene_free(s);

    s = scene_new(72);
    set(scene_server(s), "locked", "true");
    announcing(s);
    says(s, "lock-reason", "2.73");
    assert_null(announced(s->m, "tags"));
    scene_free(s);

    s = scene_new(73);
    set(scene_server(s), "locked", "true");
    announcing(s);
    assert_null(announced(s->m, "lock-reason"));
    scene_free(s);

    s = scene_new(70);
    announcing(s);
    assert_null(announced(s->m, "device-tags"));
    scene_free(s);

    s = scene_new(69);
    announcing(s);
    says(s, "device-tags", "2.70");
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_server),
        cmocka_unit_test(the_newest_cloud),
        cmocka_unit_test(what_is_special),
        cmocka_unit_test(ports_are_called_after_their_server),
        cmocka_unit_test(old_clouds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
