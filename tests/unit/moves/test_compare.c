/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/compare: a loss that was not announced holds the move. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"
#include "fixture.h"
#include "moves/compare.h"
#include "moves/kinds.h"

static struct scene *booted(struct scene *s)
{
    assert_int_equal(scene_capture(s), NEXT);
    scene_boot(s);
    return s;
}

static enum verdict run(struct scene *s)
{
    return scene_judge(s, verify_watch, verify_seen);
}

static void takes_a_faithful_copy(void **state)
{
    (void)state;
    struct scene *s = booted(scene_new(93));
    assert_int_equal(run(s), NEXT);
    assert_int_equal(json_object_size(s->m->lost), 0);
    scene_free(s);

    s = scene_new(93);
    scene_add_nic(s, PORT_B, NET_B, "backend", "fa:16:3e:00:00:02", "10.11.0.5");
    set(json_array_get(scene_doc(s, &kind_interfaces, SOURCE_ID), 1), "tag", "'nic-b'");
    booted(s);
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

/* A mark by metadata is ours too, and the order of tags says nothing. */
static void leaves_marks_out(void **state)
{
    (void)state;
    struct scene *s = booted(scene_new(93));
    set(scene_target(s), "tags", "['b', 'rezone:" MOVE_ID ":target', 'a']");
    set(scene_target(s), "metadata", "{'rezone': '" MOVE_ID ":target', 'role': 'web'}");
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

static void holds(struct scene *s, const char *name)
{
    enum verdict v = run(s);
    if (v != HOLD || !strstr(s->m->err.text, name) || !lost(s->m, name))
        fail_msg("verdict %d: '%s' lacks '%s', or it is not in lost[]", v, s->m->err.text,
                 name);
    assert_non_null(strstr(s->m->err.text, "--accept"));
    scene_free(s);
}

struct row {
    const char *key, *json, *name;
};

static const struct row of_server[] = {
    {"name", "'web2'", "name"},
    {"description", "null", "description"},
    {"OS-EXT-SRV-ATTR:hostname", "'h'", "hostname"},
    {"key_name", "null", "key-pair"},
    {"config_drive", "'True'", "config-drive"},
    {"OS-DCF:diskConfig", "'AUTO'", "disk-config"},
    {"accessIPv6", "'2001:db8::1'", "access-ip"},
    {"metadata", "{}", "metadata"},
    {"tags", "['a', 'rezone:" MOVE_ID ":target']", "tags"},
    {"tenant_id", "'p2'", "project"},
    {"user_id", "'u2'", "user-id"},
    {"OS-EXT-AZ:availability_zone", "'az1'", "zone"},
    {"status", "'SHUTOFF'", "power-state"},
    {"server_groups", "['g']", "server-groups"},
    {"os-extended-volumes:volumes_attached", "[{'id': 'v'}]", "volumes"},
    {"pinned_availability_zone", "null", "pinned-zone"},
    {"flavor", "{'vcpus': 1, 'ram': 1024, 'disk': 1, 'original_name': 'm1.tiny'}",
     "flavor"},
};

static const struct row of_port[] = {
    {"network_id", "'" NET_B "'", "networks"},
    {"security_groups", "['default']", "security-groups"},
    {"security_groups", "[]", "security-groups"},
    {"port_security_enabled", "false", "port-security"},
    {"binding:vif_type", "'binding_failed'", "port-binding"},
    {"fixed_ips", "[]", "fixed-ips"},
};

static void holds_on_each_loss(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(of_server) / sizeof(*of_server); i++) {
        struct scene *s = scene_new(93);
        set(scene_server(s), "pinned_availability_zone", "'az1'");
        booted(s);
        set(scene_target(s), of_server[i].key, of_server[i].json);
        holds(s, of_server[i].name);
    }
    for (size_t i = 0; i < sizeof(of_port) / sizeof(*of_port); i++) {
        struct scene *s = booted(scene_new(93));
        set(scene_target_port(s, 0), of_port[i].key, of_port[i].json);
        holds(s, of_port[i].name);
    }
}

static void sees_nics_change_places(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    scene_add_nic(s, PORT_B, NET_B, "backend", "fa:16:3e:00:00:02", "10.11.0.5");
    booted(s);
    json_t *addresses = jget(scene_target(s), "addresses");
    json_t *first = json_incref(json_object_get(addresses, "private"));
    json_object_del(addresses, "private");
    json_object_set_new(addresses, "private", first);
    holds(s, "networks");
}

static void sees_a_lost_device_tag(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(json_array_get(scene_doc(s, &kind_interfaces, SOURCE_ID), 0), "tag", "'nic-a'");
    booted(s);
    set(json_array_get(scene_doc(s, &kind_interfaces, TARGET_ID), 0), "tag", "null");
    holds(s, "device-tags");
}

static void compares_user_data_where_it_is_shown(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(scene_server(s), "OS-EXT-SRV-ATTR:user_data", "'c2VjcmV0'");
    booted(s);
    set(scene_target(s), "OS-EXT-SRV-ATTR:user_data", "null");
    holds(s, "user-data");
    s = scene_new(93);
    set(scene_server(s), "OS-EXT-SRV-ATTR:user_data", "'c2VjcmV0'");
    booted(s);
    json_object_del(scene_target(s), "OS-EXT-SRV-ATTR:user_data");
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

static json_t *fact_list(struct scene *s, const char *fact)
{
    const char *text = move_fact(s->m, fact);
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    assert_non_null(list);
    return list;
}

static const json_t *named(const json_t *list, const char *name)
{
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one)
    {
        if (text_eq(jstr(one, "name", NULL), name))
            return one;
    }
    return NULL;
}

/* What was compared is noted with the verdict, secrets as there or not there. */
static void notes_what_was_compared(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(scene_server(s), "OS-EXT-SRV-ATTR:user_data", "'c2VjcmV0'");
    booted(s);
    set(scene_target(s), "OS-EXT-SRV-ATTR:user_data", "'b3RoZXI='");
    set(scene_target(s), "description", "null");
    move_announce(s->m, "description", "gone");
    assert_int_equal(run(s), HOLD);
    assert_null(strstr(move_fact(s->m, FACT_COMPARE), "c2VjcmV0"));
    assert_null(strstr(move_fact(s->m, FACT_COMPARE), "b3RoZXI="));
    AUTO_JSON json_t *rows = fact_list(s, FACT_COMPARE);
    assert_string_equal(jstr(named(rows, "name"), "verdict", ""), "equal");
    assert_string_equal(jstr(named(rows, "name"), "source", ""), "web1");
    assert_string_equal(jstr(named(rows, "user-data"), "verdict", ""), "lost");
    assert_string_equal(jstr(named(rows, "description"), "verdict", ""), "changed");
    assert_string_equal(jstr(named(rows, "new-uuid"), "target", ""), TARGET_ID);
    assert_string_equal(jstr(named(rows, "zone"), "verdict", ""), "changed");
    scene_free(s);
}

/* Every promise of a plan is a row of the proof that finds it equal. */
static void promises_what_it_compares(void **state)
{
    (void)state;
    struct scene *s = booted(scene_new(93));
    move_announce(s->m, "tags", "not taken");
    plan_kept(s->m);
    assert_int_equal(run(s), NEXT);
    AUTO_JSON json_t *kept = fact_list(s, FACT_KEPT);
    AUTO_JSON json_t *rows = fact_list(s, FACT_COMPARE);
    assert_null(named(kept, "tags"));
    assert_null(named(kept, "new-uuid"));
    assert_non_null(named(kept, "metadata"));
    assert_non_null(named(kept, "networks.1"));
    size_t i, k;
    const json_t *one, *row;
    json_array_foreach(kept, i, one)
    {
        const char *name = jstr(one, "name", "?");
        size_t equal = 0;
        json_array_foreach(rows, k, row) equal +=
            text_starts(jstr(row, "name", ""), name) &&
            text_eq(jstr(row, "verdict", ""), "equal");
        if (equal == 0)
            fail_msg("promised and not compared: %s", name);
    }
    scene_free(s);
}

/* Lost or changed holds; what the target's host adds by itself does not. */
static void compares_what_the_machine_is_built_like(void **state)
{
    (void)state;
    static const char with[] =
        "{'id': '" IMAGE_ID "', 'properties': {'hw_disk_bus': 'scsi',"
        " 'os_type': 'linux', 'base_image_ref': 'x'}}";
    struct scene *s = scene_new(98);
    set(scene_server(s), "image", with);
    booted(s);
    set(jget(scene_target(s), "image/properties"), "hw_machine_type", "'q35'");
    json_object_del(jget(scene_target(s), "image/properties"), "base_image_ref");
    assert_int_equal(run(s), NEXT);
    AUTO_JSON json_t *rows = fact_list(s, FACT_COMPARE);
    const json_t *row = named(rows, "image-properties.hw_disk_bus");
    assert_string_equal(jstr(row, "target", ""), "scsi");
    assert_null(named(rows, "image-properties.hw_machine_type"));
    set(jget(scene_target(s), "image/properties"), "hw_disk_bus", "'ide'");
    holds(s, "image-properties");

    s = scene_new(98);
    set(scene_server(s), "image", with);
    booted(s);
    json_object_del(jget(scene_target(s), "image/properties"), "os_type");
    holds(s, "image-properties");
}

static void takes_what_was_announced(void **state)
{
    (void)state;
    struct scene *s = booted(scene_new(93));
    set(scene_target(s), "key_name", "null");
    move_announce(s->m, "key-pair", "gone");
    assert_int_equal(run(s), NEXT);
    assert_null(lost(s->m, "key-pair"));
    scene_free(s);
}

/* What a person takes stays taken, for the next look too; the rest still holds. */
static void takes_what_was_accepted(void **state)
{
    (void)state;
    struct scene *s = booted(scene_new(93));
    set(scene_target(s), "key_name", "null");
    set(scene_target(s), "description", "null");
    strv_add(&s->m->world->accept, "key-pair");
    assert_int_equal(run(s), HOLD);
    assert_non_null(strstr(s->m->err.text, "--accept description'"));
    strv_clear(&s->m->world->accept);
    strv_add(&s->m->world->accept, "description");
    assert_int_equal(run(s), NEXT);
    assert_non_null(lost(s->m, "key-pair"));
    assert_non_null(lost(s->m, "description"));
    strv_clear(&s->m->world->accept);
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

static void waits_until_it_is_there(void **state)
{
    (void)state;
    struct scene *s = booted(scene_new(93));
    set(scene_target(s), "OS-EXT-STS:task_state", "'spawning'");
    assert_int_equal(run(s), WAIT);
    set(scene_target(s), "OS-EXT-STS:task_state", "null");
    set(scene_target(s), "status", "'UNKNOWN'");
    assert_int_equal(run(s), WAIT);
    set(scene_target(s), "status", "'ACTIVE'");
    AUTO_JSON json_t *addresses = json_incref(jget(scene_target(s), "addresses"));
    set(scene_target(s), "addresses", "{}");
    assert_int_equal(run(s), WAIT);
    json_object_set(scene_target(s), "addresses", addresses);
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

/* Only where the source's port was up under the running source. */
static void waits_for_ports_that_come_up(void **state)
{
    (void)state;
    struct scene *s = booted(scene_new(93));
    set(scene_target_port(s, 0), "status", "'BUILD'");
    assert_int_equal(run(s), WAIT);
    set(scene_target_port(s, 0), "status", "'ACTIVE'");
    assert_int_equal(run(s), NEXT);
    scene_free(s);

    s = scene_new(93);
    set(scene_port(s, 0), "status", "'DOWN'");
    booted(s);
    assert_int_equal(run(s), NEXT);
    scene_free(s);

    s = scene_new(93);
    set(scene_server(s), "status", "'SHUTOFF'");
    booted(s);
    set(scene_target_port(s, 0), "status", "'DOWN'");
    assert_int_equal(run(s), NEXT);
    scene_free(s);
}

static void holds_without_a_target(void **state)
{
    (void)state;
    struct scene *s = booted(scene_new(93));
    set(scene_target(s), "status", "'ERROR'");
    set(scene_target(s), "fault", "{'message': 'No valid host'}");
    assert_int_equal(run(s), HOLD);
    assert_non_null(strstr(s->m->err.text, "No valid host"));
    scene_put(s, &kind_server, TARGET_ID, NULL);
    assert_int_equal(run(s), HOLD);
    assert_int_equal(s->m->err.code, ERR_NOTFOUND);
    move_set_target(s->m, NULL);
    assert_int_equal(run(s), HOLD);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_faithful_copy),
        cmocka_unit_test(leaves_marks_out),
        cmocka_unit_test(holds_on_each_loss),
        cmocka_unit_test(sees_nics_change_places),
        cmocka_unit_test(sees_a_lost_device_tag),
        cmocka_unit_test(compares_user_data_where_it_is_shown),
        cmocka_unit_test(notes_what_was_compared),
        cmocka_unit_test(promises_what_it_compares),
        cmocka_unit_test(compares_what_the_machine_is_built_like),
        cmocka_unit_test(takes_what_was_announced),
        cmocka_unit_test(takes_what_was_accepted),
        cmocka_unit_test(waits_until_it_is_there),
        cmocka_unit_test(waits_for_ports_that_come_up),
        cmocka_unit_test(holds_without_a_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
