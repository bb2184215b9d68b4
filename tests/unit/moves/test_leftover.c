/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/leftover: law 10 for clean, and that what is needed is only told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "fixture.h"
#include "moves/leftover.h"

#define SNAPSHOT "33333333-cccc-4ccc-8ccc-000000000001"
#define TWIN     "44444444-dddd-4ddd-8ddd-000000000001"
#define THING    "55555555-eeee-4eee-8eee-000000000001"
#define SOURCE   "{'id': '" SOURCE_ID "', 'name': 'web1', 'status': 'ACTIVE'}"
#define TARGET   "{'id': '" TARGET_ID "', 'name': 'web1', 'status': 'ACTIVE'}"
#define IMAGE(more)                                                                      \
    "{'id': '" SNAPSHOT "', 'name': 'rezone-" MOVE_ID "', 'instance_uuid': '" SOURCE_ID  \
    "', 'tags': ['rezone:" MOVE_ID ":image'], 'status': 'active'" more "}"
#define CLAIMED(id, status)                                                              \
    "{'id': '" id "', 'name': 'web1', 'status': '" status "', 'tags': ['rezone:" MOVE_ID \
    ":source']}"
#define TWIN_OF(image, more)                                                             \
    "{'id': '" TWIN "', 'status': 'ACTIVE', 'image': {'id': '" image                     \
    "'}, 'tags': ['rezone:" MOVE_ID ":target']" more "}"

/* Judging reads nothing. */
bool engine_read(struct engine *e, int service, build_fn *build, void *ctx, json_t **ret,
                 struct err *err)
{
    (void)e;
    (void)service;
    (void)build;
    (void)ctx;
    (void)ret;
    (void)err;
    fail_msg("a judgement reads");
    return false;
}

struct world_of_things {
    struct inventory inv;
    struct known_move known;
    struct vec found;
};

static void add_all(json_t *to, const char *json)
{
    AUTO_FREE char *text = xasprintf("[%s]", json);
    AUTO_JSON json_t *docs = parse(text);
    json_array_extend(to, docs);
}

/* A cloud at the newest microversion with these servers; nothing is known of the move. */
static struct world_of_things *things(const char *servers)
{
    struct world_of_things *w = xcalloc(1, sizeof(*w));
    w->inv.servers = json_array();
    w->inv.images = json_array();
    w->inv.ports = json_array();
    w->inv.volumes = json_array();
    w->inv.bases = json_object();
    w->inv.complete = w->inv.shows_tags = w->inv.shows_reason = true;
    add_all(w->inv.servers, servers);
    return w;
}

static void is_known(struct world_of_things *w, enum move_state state, const char *target)
{
    w->known = (struct known_move){
        .is_known = true,
        .is_here = true,
        .state = state,
        .source_id = xstrdup(SOURCE_ID),
        .target_id = xstrdup(target),
        .image = xstrdup(SNAPSHOT),
    };
}

static void judge(struct world_of_things *w)
{
    AUTO_JSON json_t *traces = traces_of(&w->inv);
    vec_clear(&w->found, leftover_free);
    leftover_judge(&w->inv, MOVE_ID, json_object_get(traces, MOVE_ID), &w->known,
                   &w->found);
}

static void end(struct world_of_things *w)
{
    vec_clear(&w->found, leftover_free);
    known_move_clear(&w->known);
    inventory_clear(&w->inv);
    mem_auto_free(&w);
}

static const struct leftover *only(struct world_of_things *w)
{
    judge(w);
    if (w->found.len != 1)
        fail_msg("%zu findings", w->found.len);
    return w->found.at[0];
}

/* The one finding: kind, id, act, and a part of why. */
static void finds(struct world_of_things *w, const char *kind, const char *id,
                  enum leftover_act act, const char *why)
{
    const struct leftover *l = only(w);
    assert_string_equal(l->kind, kind);
    assert_string_equal(l->id, id);
    assert_string_equal(l->move_id, MOVE_ID);
    assert_int_equal(l->act, act);
    if (!strstr(l->why, why))
        fail_msg("'%s' is not said: %s", why, l->why);
    assert_int_equal(act == LEFT_TELL, text_starts(l->why, "kept: "));
}

static void finds_nothing(struct world_of_things *w)
{
    judge(w);
    assert_int_equal(w->found.len, 0);
}

/* ---- known here ---- */

static void what_open_moves_have_is_not_ours_to_tell(void **state)
{
    (void)state;
    static const enum move_state open[] = {MOVE_PLANNED, MOVE_RUNNING, MOVE_MOVED,
                                           MOVE_HELD};
    for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
        struct world_of_things *w =
            things(CLAIMED(SOURCE_ID, "SHUTOFF") ", " TWIN_OF(SNAPSHOT, ""));
        add_all(w->inv.images, IMAGE(""));
        is_known(w, open[i], TARGET_ID);
        finds_nothing(w);
        end(w);
    }
}

static void the_snapshot_of_a_move_that_is_over(void **state)
{
    (void)state;
    struct world_of_things *w = things(SOURCE ", " TARGET);
    add_all(w->inv.images, IMAGE(""));
    is_known(w, MOVE_UNDONE, NULL);
    finds(w, "image", SNAPSHOT, LEFT_DELETE_IMAGE, "undone");
    w->known.state = MOVE_COMMITTED;
    xreplace(&w->known.target_id, TARGET_ID);
    finds(w, "image", SNAPSHOT, LEFT_DELETE_IMAGE, "committed");
    w->known.keeps_image = true;
    finds(w, "image", SNAPSHOT, LEFT_TELL, "--keep-image");
    w->known.keeps_image = false;
    w->known.is_here = false;
    finds(w, "image", SNAPSHOT, LEFT_TELL, "another cloud");
    w->known.is_here = true;
    w->known.state = MOVE_STATE_MAX;
    finds(w, "image", SNAPSHOT, LEFT_TELL, "does not know");
    end(w);
}

/* Neither the one nor the other server is there: the bytes are nowhere else. */
static void the_last_copy_stays(void **state)
{
    (void)state;
    struct world_of_things *w = things(TARGET);
    add_all(w->inv.images, IMAGE(""));
    is_known(w, MOVE_UNDONE, NULL);
    finds(w, "image", SNAPSHOT, LEFT_TELL, "last copy");
    w->known.state = MOVE_COMMITTED;
    xreplace(&w->known.target_id, TARGET_ID);
    finds(w, "image", SNAPSHOT, LEFT_DELETE_IMAGE, "");
    json_array_clear(w->inv.servers);
    add_all(w->inv.servers, "{'id': '" TARGET_ID "', 'status': 'ERROR'}");
    finds(w, "image", SNAPSHOT, LEFT_TELL, "last copy");
    end(w);
}

/* Name, mark and source: each alone, and any two of them, are a user's. */
static void images_of_users(void **state)
{
    (void)state;
    static const char *const users[] = {
        "{'id': 'i', 'name': 'rezone-" MOVE_ID "', 'instance_uuid': '" SOURCE_ID "'}",
        "{'id': 'i', 'name': 'nightly', 'rezone': '" MOVE_ID "', 'instance_uuid': "
        "'" SOURCE_ID "'}",
        "{'id': 'i', 'name': 'rezone-" MOVE_ID "', 'rezone': '" MOVE_ID "'}",
        "{'id': 'i', 'name': 'rezone-" MOVE_ID "x', 'rezone': '" MOVE_ID
        "', 'instance_uuid': '" SOURCE_ID "'}",
        "{'id': 'i', 'name': 'rezone-" MOVE_ID "', 'rezone': '" TWIN
        "', 'instance_uuid': '" SOURCE_ID "'}",
    };
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        struct world_of_things *w = things(SOURCE);
        add_all(w->inv.images, users[i]);
        finds_nothing(w);
        is_known(w, MOVE_UNDONE, NULL);
        finds_nothing(w);
        end(w);
    }
    struct world_of_things *w = things(SOURCE);
    add_all(w->inv.images, "{'id': '" THING "', 'name': 'rezone-" MOVE_ID
                           "', 'rezone': '" MOVE_ID "', 'instance_uuid': '" TWIN "'}");
    is_known(w, MOVE_UNDONE, NULL);
    finds(w, "image", THING, LEFT_TELL, "taken of server " TWIN);
    end(w);
}

static void marks_of_a_move_that_is_over(void **state)
{
    (void)state;
    struct world_of_things *w = things(CLAIMED(SOURCE_ID, "ACTIVE"));
    is_known(w, MOVE_UNDONE, NULL);
    finds(w, "tag", SOURCE_ID, LEFT_DELETE_TAG, "undone");
    assert_string_equal(only(w)->mark, "rezone:" MOVE_ID ":source");
    end(w);
    w = things("{'id': '" SOURCE_ID "', 'metadata': {'rezone': '" MOVE_ID ":source'}}");
    is_known(w, MOVE_FAILED, NULL);
    finds(w, "metadata", SOURCE_ID, LEFT_DELETE_METADATA, "failed");
    end(w);
    w = things("{'id': '" TARGET_ID "', 'tags': ['rezone:" MOVE_ID ":target', 'blue']}");
    is_known(w, MOVE_COMMITTED, TARGET_ID);
    finds(w, "tag", TARGET_ID, LEFT_DELETE_TAG, "committed");
    end(w);
    w = things(CLAIMED(TWIN, "ACTIVE"));
    is_known(w, MOVE_UNDONE, NULL);
    finds(w, "server", TWIN, LEFT_TELL, SOURCE_ID);
    end(w);
}

static void locks(void **state)
{
    (void)state;
    struct world_of_things *w = things("{'id': '" SOURCE_ID "', 'locked': true, "
                                       "'locked_reason': 'rezone:" MOVE_ID "'}");
    is_known(w, MOVE_UNDONE, NULL);
    finds(w, "lock", SOURCE_ID, LEFT_UNLOCK, "undone");
    w->known.was_locked = true;
    finds(w, "lock", SOURCE_ID, LEFT_TELL, "before the move");
    end(w);
    w = things("{'id': '" SOURCE_ID "', 'locked': true, 'locked_reason': 'rezone:" MOVE_ID
               "x'}");
    is_known(w, MOVE_UNDONE, NULL);
    finds_nothing(w);
    end(w);
    w = things("{'id': '" TWIN "', 'locked': true, 'locked_reason': 'rezone:" MOVE_ID
               " moved to " TARGET_ID "'}");
    is_known(w, MOVE_UNDONE, NULL);
    finds(w, "lock", TWIN, LEFT_TELL, SOURCE_ID);
    end(w);
}

static void a_second_target(void **state)
{
    (void)state;
    struct world_of_things *w = things(TARGET ", " TWIN_OF(SNAPSHOT, ""));
    is_known(w, MOVE_COMMITTED, TARGET_ID);
    finds(w, "server", TWIN, LEFT_DELETE_SERVER, TARGET_ID);
    w->known.state = MOVE_UNDONE; /* the source is what would have to be there */
    finds(w, "server", TWIN, LEFT_TELL, "last copy");
    add_all(w->inv.servers, SOURCE);
    finds(w, "server", TWIN, LEFT_DELETE_SERVER, SOURCE_ID);
    xreplace(&w->known.image, NULL);
    finds(w, "server", TWIN, LEFT_TELL, "not booted from");
    end(w);
}

static void no_other_server_is_deleted(void **state)
{
    (void)state;
    static const struct {
        const char *servers, *why;
    } kept[] = {
        {SOURCE ", " TWIN_OF(THING, ""), "not booted from"},
        {SOURCE ", " TWIN_OF(SNAPSHOT,
                             ", 'os-extended-volumes:volumes_attached': [{'id': 'vol'}]"),
         "vol hangs on it"},
        {SOURCE ", " TWIN_OF(SNAPSHOT, ", 'locked': true"), "locked"},
        {TWIN_OF(SNAPSHOT, ""), "last copy"},
        {"{'id': '" SOURCE_ID "', 'status': 'ERROR'}, " TWIN_OF(SNAPSHOT, ""),
         "last copy"},
        {"{'id': '" SOURCE_ID "', 'status': 'ACTIVE', 'image': {'id': '" SNAPSHOT
         "'}, 'tags': ['rezone:" MOVE_ID ":target']}",
         "it is the source"},
        {"{'id': '" TARGET_ID "', 'image': {'id': '" SNAPSHOT
         "'}, 'tags': ['rezone:" MOVE_ID ":target']}",
         "should be gone"},
    };
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        struct world_of_things *w = things(kept[i].servers);
        is_known(w, MOVE_UNDONE, TARGET_ID);
        assert_int_equal(only(w)->act, LEFT_TELL);
        assert_string_equal(only(w)->kind, "server");
        if (!strstr(only(w)->why, kept[i].why))
            fail_msg("%zu: %s", i, only(w)->why);
        end(w);
    }
}

static void unused_ports(void **state)
{
    (void)state;
    struct world_of_things *w = things(SOURCE);
    is_known(w, MOVE_UNDONE, NULL);
    add_all(w->inv.ports, "{'id': 'p', 'name': 'rezone:" MOVE_ID ":0', 'device_id': ''},"
                          "{'id': 'q', 'name': 'rezone:" MOVE_ID ":x', 'device_id': ''},"
                          "{'id': 'r', 'name': 'rezone:" MOVE_ID "', 'device_id': ''}");
    finds(w, "port", "p", LEFT_DELETE_PORT, "undone");
    json_object_set_new(json_array_get(w->inv.ports, 0), "device_id", json_string("s1"));
    finds(w, "port", "p", LEFT_TELL, "hangs on s1");
    json_object_set_new(json_array_get(w->inv.ports, 0), "device_id", json_string(""));
    xreplace(&w->known.ports, "[null,\"p\"]"); /* it kept the name of a NIC's port */
    finds(w, "port", "p", LEFT_TELL, "addresses");
    json_array_clear(w->inv.ports);
    end(w);
}

#define COPY(name)                                                                       \
    "{'id': 'v', 'name': 'rezone:" MOVE_ID ":" name                                      \
    "', 'status': 'available', 'attachments': [], 'metadata': {'rezone': '" MOVE_ID      \
    "', 'rezone_of': 'o'}}"
#define ORIGINAL "{'id': 'o', 'name': 'data', 'status': 'in-use'}"

static void set_of_volume(struct world_of_things *w, const char *key, const char *json)
{
    set(json_array_get(w->inv.volumes, 0), key, json);
}

static void copies_of_volumes(void **state)
{
    (void)state;
    struct world_of_things *w = things(SOURCE);
    is_known(w, MOVE_UNDONE, NULL);
    add_all(w->inv.volumes, COPY("1") "," ORIGINAL);
    finds(w, "volume", "v", LEFT_DELETE_VOLUME, "undone");
    set_of_volume(w, "status", "'in-use'");
    finds(w, "volume", "v", LEFT_TELL, "in-use");
    set_of_volume(w, "status", "'available'");
    set(json_array_get(w->inv.volumes, 1), "status", "'deleting'");
    finds(w, "volume", "v", LEFT_TELL, "last copy");
    json_array_remove(w->inv.volumes, 1);
    finds(w, "volume", "v", LEFT_TELL, "last copy");
    set_of_volume(w, "metadata", "{'rezone': 'another'}");
    finds(w, "volume", "v", LEFT_TELL, "metadata");
    end(w);
}

/* The target's own may have been taken off it; what they were made from may go. */
static void copies_of_a_committed_move(void **state)
{
    (void)state;
    struct world_of_things *w = things(TARGET);
    is_known(w, MOVE_COMMITTED, NULL);
    add_all(w->inv.volumes, COPY("1") "," ORIGINAL);
    finds(w, "volume", "v", LEFT_TELL, "target's data");
    set_of_volume(w, "name", "'rezone:" MOVE_ID ":1:clone'");
    finds(w, "volume", "v", LEFT_DELETE_VOLUME, "committed");
    end(w);
}

static void images_of_volumes(void **state)
{
    (void)state;
    struct world_of_things *w = things(SOURCE);
    is_known(w, MOVE_UNDONE, NULL);
    add_all(w->inv.images, "{'id': 'i', 'name': 'rezone-" MOVE_ID "-0'}");
    finds(w, "image", "i", LEFT_DELETE_IMAGE, "image of a volume");
    json_array_clear(w->inv.servers);
    finds(w, "image", "i", LEFT_TELL, "last copy");
    set(json_array_get(w->inv.images, 0), "instance_uuid", "'s9'"); /* a server's own */
    finds_nothing(w);
    end(w);
}

/* ---- not known here ---- */

static void who_holds_the_source_may_go_on(void **state)
{
    (void)state;
    static const char *const held[] = {
        CLAIMED(SOURCE_ID, "ACTIVE"),
        "{'id': '" SOURCE_ID "', 'status': 'SHUTOFF', 'metadata': {'rezone': '" MOVE_ID
        ":source'}}",
        "{'id': '" SOURCE_ID "', 'status': 'SHUTOFF', 'locked': true, 'locked_reason': "
        "'rezone:" MOVE_ID "'}",
        "{'id': '" SOURCE_ID "', 'status': 'SHUTOFF', 'locked': true, 'locked_reason': "
        "'rezone:" MOVE_ID " moved to " TWIN "'}",
    };
    for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++) {
        struct world_of_things *w = things(held[i]);
        add_all(w->inv.servers, TWIN_OF(SNAPSHOT, ""));
        add_all(w->inv.images, IMAGE(""));
        add_all(w->inv.ports,
                "{'id': 'p', 'name': 'rezone:" MOVE_ID ":0', 'device_id': ''}");
        judge(w);
        assert_int_equal(w->found.len, 4);
        for (size_t k = 0; k < w->found.len; k++)
            assert_int_equal(((struct leftover *)w->found.at[k])->act, LEFT_TELL);
        const struct leftover *source = w->found.at[0], *target = w->found.at[1];
        assert_string_equal(source->id, SOURCE_ID);
        assert_non_null(strstr(source->why, "the source of a move"));
        assert_string_equal(target->id, TWIN);
        assert_non_null(strstr(target->why, "the target of a move"));
        end(w);
    }
}

static void the_seal_names_a_target_without_a_mark(void **state)
{
    (void)state;
    struct world_of_things *w =
        things(TARGET ", {'id': '" SOURCE_ID "', 'status': 'SHUTOFF', 'locked': true, "
                      "'locked_reason': 'rezone:" MOVE_ID " moved to " TARGET_ID "'}");
    judge(w);
    assert_int_equal(w->found.len, 2);
    assert_string_equal(((struct leftover *)w->found.at[1])->id, TARGET_ID);
    end(w);
}

static void a_free_source_needs_no_snapshot(void **state)
{
    (void)state;
    struct world_of_things *w = things(SOURCE);
    add_all(w->inv.images, IMAGE(""));
    finds(w, "image", SNAPSHOT, LEFT_DELETE_IMAGE, "free");
    json_object_set_new(w->inv.bases, SNAPSHOT, json_string(TARGET_ID));
    finds(w, "image", SNAPSHOT, LEFT_TELL, "booted from it");
    json_object_clear(w->inv.bases);
    w->inv.complete = false;
    finds(w, "image", SNAPSHOT, LEFT_TELL, "do not prove");
    w->inv.complete = true;
    w->inv.shows_tags = false;
    finds(w, "image", SNAPSHOT, LEFT_TELL, "does not show tags");
    w->inv.shows_tags = true;
    w->inv.shows_reason = false;
    finds(w, "image", SNAPSHOT, LEFT_DELETE_IMAGE, "free");
    json_object_set_new(json_array_get(w->inv.servers, 0), "locked", json_true());
    finds(w, "image", SNAPSHOT, LEFT_TELL, "is locked");
    json_array_clear(w->inv.servers);
    finds(w, "image", SNAPSHOT, LEFT_TELL, "last copy");
    end(w);
}

static void a_target_without_a_source_keeps_no_mark(void **state)
{
    (void)state;
    struct world_of_things *w = things(TWIN_OF(SNAPSHOT, ""));
    finds(w, "tag", TWIN, LEFT_DELETE_TAG, "holds no source");
    w->inv.complete = false;
    finds(w, "server", TWIN, LEFT_TELL, "do not prove");
    end(w);
}

static void data_of_an_unknown_move_stay(void **state)
{
    (void)state;
    struct world_of_things *w = things(SOURCE);
    add_all(w->inv.volumes,
            "{'id': 'v', 'name': 'rezone:" MOVE_ID ":0', 'status': 'available'}");
    finds(w, "volume", "v", LEFT_TELL, "only a person");
    end(w);
}

/* ---- what is asked for ---- */

static void builds(struct world_of_things *w, const char *method, const char *path)
{
    struct leftover_request wanted;
    struct request r = {0};
    struct world *world = world_new(fake_session_new(93));
    AUTO_FREE char *what = leftover_next(&w->inv, only(w), &wanted);
    assert_non_null(what);
    leftover_build(world, &wanted, &r);
    assert_string_equal(r.method, method);
    if (!text_ends(r.url, path))
        fail_msg("%s", r.url);
    assert_int_equal(r.service, leftover_service(only(w)));
    request_clear(&r);
    world_free(world);
}

static void asks_for_what_it_says(void **state)
{
    (void)state;
    struct world_of_things *w = things(SOURCE);
    is_known(w, MOVE_UNDONE, NULL);
    add_all(w->inv.images, IMAGE(", 'protected': true"));
    builds(w, "PATCH", "/images/" SNAPSHOT);
    json_object_set_new(json_array_get(w->inv.images, 0), "protected", json_false());
    builds(w, "DELETE", "/images/" SNAPSHOT);
    end(w);
    w = things(CLAIMED(SOURCE_ID, "ACTIVE"));
    is_known(w, MOVE_UNDONE, NULL);
    builds(w, "DELETE", "/servers/" SOURCE_ID "/tags/rezone%3A" MOVE_ID "%3Asource");
    end(w);
    w = things(SOURCE ", " TWIN_OF(SNAPSHOT, ""));
    is_known(w, MOVE_UNDONE, NULL);
    builds(w, "DELETE", "/servers/" TWIN);
    json_object_set_new(json_array_get(w->inv.servers, 1), "OS-EXT-STS:task_state",
                        json_string("deleting"));
    struct leftover_request wanted;
    assert_null(leftover_next(&w->inv, only(w), &wanted));
    end(w);
}

static void shows_itself(void **state)
{
    (void)state;
    struct world_of_things *w = things(CLAIMED(SOURCE_ID, "ACTIVE"));
    is_known(w, MOVE_UNDONE, NULL);
    AUTO_JSON json_t *json = leftover_json(only(w));
    AUTO_JSON json_t *wanted =
        parse("{'kind': 'tag', 'id': '" SOURCE_ID "', 'name': 'web1', 'move_id': "
              "'" MOVE_ID "', 'why': 'the claim of a move that is undone'}");
    assert_true(json_equal(json, wanted));
    AUTO_FREE char *words = leftover_words(only(w));
    assert_string_equal(words, "the tag rezone:" MOVE_ID
                               ":source of server web1 (" SOURCE_ID ")");
    end(w);
}

/* What can be looked at again one by one is all that was judged by. */
static void knows_what_to_look_at_again(void **state)
{
    (void)state;
    struct inventory_ids ids = {0};
    struct world_of_things *w =
        things(CLAIMED(THING, "ACTIVE") ", " TWIN_OF(SNAPSHOT, ""));
    add_all(w->inv.images, IMAGE(""));
    add_all(w->inv.ports, "{'id': 'p', 'name': 'rezone:" MOVE_ID ":0'}");
    add_all(w->inv.volumes, "{'id': 'v', 'name': 'rezone:" MOVE_ID ":0'}");
    is_known(w, MOVE_COMMITTED, TARGET_ID);
    AUTO_JSON json_t *traces = traces_of(&w->inv);
    leftover_ids(json_object_get(traces, MOVE_ID), &w->known, &ids);
    AUTO_FREE char *servers = strv_join(&ids.servers, " ");
    assert_string_equal(servers, THING " " TWIN " " SOURCE_ID " " TARGET_ID);
    assert_string_equal(ids.images.at[0], SNAPSHOT);
    assert_string_equal(ids.ports.at[0], "p");
    assert_string_equal(ids.volumes.at[0], "v");
    inventory_ids_clear(&ids);
    end(w);
}

/* ---- what a person is told ---- */

static char *advice(struct world_of_things *w)
{
    struct strv lines = {0};
    AUTO_JSON json_t *traces = traces_of(&w->inv);
    leftover_advice(&w->inv, MOVE_ID, json_object_get(traces, MOVE_ID), &lines);
    char *text = lines.len > 0 ? strv_join(&lines, "\n") : xstrdup("");
    strv_clear(&lines);
    return text;
}

static void says(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("'%s' is not said: %s", words, text);
}

static void tells_both_ways_out_of_a_sealed_move(void **state)
{
    (void)state;
    struct world_of_things *w =
        things("{'id': '" TARGET_ID "', 'name': 'web1', 'status': 'ACTIVE', 'tags': "
               "['rezone:" MOVE_ID ":target']}, {'id': '" SOURCE_ID "', 'name': "
               "'web1-moved-5d0c7b7e', 'status': 'SHUTOFF', 'locked': true, "
               "'locked_reason': 'rezone:" MOVE_ID " moved to " TARGET_ID "', 'tags': "
               "['rezone:" MOVE_ID ":source']}");
    add_all(w->inv.images, IMAGE(", 'protected': true"));
    AUTO_FREE char *text = advice(w);
    says(text, "rezone resume " MOVE_ID);
    says(text, "source: web1-moved-5d0c7b7e (" SOURCE_ID "), SHUTOFF");
    says(text, "target: web1 (" TARGET_ID "), ACTIVE");
    says(text, "openstack server delete " SOURCE_ID);
    says(text, "openstack image set --unprotected " SNAPSHOT);
    says(text, "openstack server unset --tag rezone:" MOVE_ID ":target " TARGET_ID);
    says(text, "openstack server delete --wait " TARGET_ID);
    says(text, "openstack server unlock " SOURCE_ID);
    says(text, "openstack server set --name web1 " SOURCE_ID);
    says(text, "openstack server unset --tag rezone:" MOVE_ID ":source " SOURCE_ID);
    says(text, "openstack server start " SOURCE_ID);
    end(w);
}

/* A name of a stranger is nothing to paste into a shell. */
static void no_command_of_a_strangers_making(void **state)
{
    (void)state;
    struct world_of_things *w = things(
        "{'id': '" SOURCE_ID "', 'name': '$(reboot)\\u001b-moved-5d0c7b7e', "
        "'status': 'SHUTOFF', 'locked': true, 'locked_reason': 'rezone:" MOVE_ID "'}");
    AUTO_FREE char *text = advice(w);
    says(text, "openstack server set --name NAME " SOURCE_ID);
    says(text, "No target");
    assert_null(strchr(text, '\033'));
    end(w);
}

static void nothing_to_tell_without_a_source(void **state)
{
    (void)state;
    struct world_of_things *w = things(TWIN_OF(SNAPSHOT, ""));
    AUTO_FREE char *text = advice(w);
    assert_string_equal(text, "");
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_open_moves_have_is_not_ours_to_tell),
        cmocka_unit_test(the_snapshot_of_a_move_that_is_over),
        cmocka_unit_test(the_last_copy_stays),
        cmocka_unit_test(images_of_users),
        cmocka_unit_test(marks_of_a_move_that_is_over),
        cmocka_unit_test(locks),
        cmocka_unit_test(a_second_target),
        cmocka_unit_test(no_other_server_is_deleted),
        cmocka_unit_test(unused_ports),
        cmocka_unit_test(copies_of_volumes),
        cmocka_unit_test(copies_of_a_committed_move),
        cmocka_unit_test(images_of_volumes),
        cmocka_unit_test(who_holds_the_source_may_go_on),
        cmocka_unit_test(the_seal_names_a_target_without_a_mark),
        cmocka_unit_test(a_free_source_needs_no_snapshot),
        cmocka_unit_test(a_target_without_a_source_keeps_no_mark),
        cmocka_unit_test(data_of_an_unknown_move_stay),
        cmocka_unit_test(asks_for_what_it_says),
        cmocka_unit_test(shows_itself),
        cmocka_unit_test(knows_what_to_look_at_again),
        cmocka_unit_test(tells_both_ways_out_of_a_sealed_move),
        cmocka_unit_test(no_command_of_a_strangers_making),
        cmocka_unit_test(nothing_to_tell_without_a_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
