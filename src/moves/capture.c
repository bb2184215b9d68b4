/* SPDX-License-Identifier: Apache-2.0 */
/* The capture: everything known of the source before the first change. */
#include "moves/capture.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/forwards.h"
#include "moves/kinds.h"
#include "moves/nics.h"
#include "moves/world.h"

/* What the first round found, as JSON text: the second needs its ids, and a capture is
 * written once. Removed with the verdict that completes it. */
#define DRAFT "capture-draft"

#define NICS_AT_MOST    32 /* so that a look holds them */
#define VOLUMES_AT_MOST 12

const json_t *captured_server(struct move *m)
{
    return jget(move_capture(m), "server");
}

int captured_compute(struct move *m)
{
    int now = session_compute(session_of(m));
    int then = (int)jint(move_capture(m), "compute", now);
    return then < now ? then : now;
}

const char *captured_status(struct move *m)
{
    return jstr(captured_server(m), "status", "");
}

bool captured_running(struct move *m)
{
    return text_eq(captured_status(m), "ACTIVE");
}

const char *captured_rest(struct move *m)
{
    static const char *const rests[] = {"PAUSED", "SUSPENDED"};
    for (size_t i = 0; i < sizeof(rests) / sizeof(*rests); i++) {
        if (text_eq(captured_status(m), rests[i]))
            return rests[i];
    }
    return NULL;
}

bool captured_powered(struct move *m)
{
    return captured_running(m) || captured_rest(m);
}

bool captured_locked(struct move *m)
{
    return jbool(captured_server(m), "locked", false);
}

const char *captured_lock_reason(struct move *m)
{
    const char *reason = jstr(captured_server(m), "locked_reason", "");
    return *reason ? reason : NULL;
}

static json_t *draft_of(struct move *m)
{
    const char *text = move_fact(m, DRAFT);
    return text ? json_loads(text, 0, NULL) : NULL;
}

static void save_draft(struct move *m, const json_t *draft)
{
    AUTO_FREE char *text = json_dumps(draft, JSON_COMPACT);
    move_set_fact(m, DRAFT, text);
}

/* The ids in an array of objects, each once. Gives. */
static json_t *ids_in(const json_t *array, const char *key)
{
    json_t *ids = json_array();
    size_t i, k;
    json_t *item, *known;
    json_array_foreach(array, i, item)
    {
        bool twice = false;
        json_t *id = jget(item, key);
        json_array_foreach(ids, k, known) twice = twice || json_equal(known, id);
        if (json_is_string(id) && !twice)
            json_array_append(ids, id);
    }
    return ids;
}

static void watch_ids_in(struct watch *w, const struct kind *kind, const json_t *array,
                         const char *key)
{
    AUTO_JSON json_t *ids = ids_in(array, key);
    watch_ids(w, kind, ids);
}

/* Is the key pair the caller's? Keys are per user: one of the same name may be another
 * person's. */
static bool keypair_is_callers(struct move *m, const json_t *server)
{
    return key_fits(jstr(server, "key_name", NULL)) && *jstr(server, "key_name", "") &&
           text_eq(jstr(server, "user_id", NULL), session_user_id(session_of(m)));
}

static void watch_first(struct move *m, struct watch *w)
{
    const char *id = move_server_id(m);
    watch_add(w, &kind_server, id);
    if (session_compute(session_of(m)) >= 47)
        watch_add(w, &kind_server_246, id);
    watch_add(w, &kind_interfaces, id);
    watch_add(w, &kind_attachments, id);
    watch_add(w, &kind_ports_of, id);
    watch_add(w, &kind_actions, id);
    watch_add(w, &kind_forwardings, session_project_id(session_of(m)));
}

/* Only a server to which some floating IP forwards needs this round. */
static bool needs_forwardings(const json_t *draft)
{
    return !jget(draft, "forwardings");
}

static void watch_forwardings(struct watch *w, const json_t *draft)
{
    size_t i;
    json_t *one;
    json_array_foreach(jget(draft, "forwarded"), i, one)
        watch_add(w, &kind_forwardings_of, jstr(one, "id", ""));
}

static void watch_volumes(struct watch *w, const json_t *attachments)
{
    size_t i;
    json_t *one;
    json_array_foreach(attachments, i, one)
        watch_add(w, &kind_volume, jstr(one, "volumeId", "-"));
}

/* From 2.71 on the server names its group; below, the groups name their members. */
static void watch_groups(struct watch *w, const json_t *server)
{
    size_t i;
    json_t *id;
    if (!jget(server, "server_groups"))
        watch_add(w, &kind_server_groups, "");
    json_array_foreach(jget(server, "server_groups"), i, id)
    {
        if (key_fits(json_string_value(id)))
            watch_add(w, &kind_server_group, json_string_value(id));
    }
}

static void watch_second(struct move *m, struct watch *w, const json_t *draft)
{
    int compute = session_compute(session_of(m));
    const json_t *server = jget(draft, "server");
    const char *flavor = jstr(draft, "flavor_id", ""),
               *image = jstr(draft, "image_id", "");
    if (*flavor)
        watch_add(w, &kind_flavor, flavor);
    /* From 2.61 on the flavor shows them, and from 2.47 on the server its own. */
    if (*flavor && compute < 47)
        watch_add(w, &kind_flavor_specs, flavor);
    if (*image && key_fits(image))
        watch_add(w, &kind_image, image);
    if (keypair_is_callers(m, server))
        watch_add(w, &kind_keypair, jstr(server, "key_name", ""));
    watch_ids_in(w, &kind_floating_ips, jget(draft, "ports"), "id");
    watch_ids_in(w, &kind_networks, jget(draft, "ports"), "network_id");
    watch_volumes(w, jget(draft, "attachments"));
    watch_groups(w, server);
    if (compute >= 97)
        watch_add(w, &kind_shares, move_server_id(m));
}

void capture_watch(struct move *m, struct watch *w)
{
    AUTO_JSON json_t *draft = move_item(m) > 0 ? draft_of(m) : NULL;
    if (move_capture(m))
        return;
    if (draft && needs_forwardings(draft))
        watch_forwardings(w, draft);
    else if (draft)
        watch_second(m, w, draft);
    else
        watch_first(m, w);
}

/* Who holds the lock: the newest action tells, and only if it locked. Gives. */
static json_t *locked_by(const json_t *actions)
{
    size_t i;
    json_t *action;
    json_array_foreach(actions, i, action)
    {
        const char *what = jstr(action, "action", "");
        if (text_eq(what, "unlock"))
            break;
        if (!text_eq(what, "lock"))
            continue;
        json_t *by = json_object();
        json_object_set_new(by, "user_id", json_string(jstr(action, "user_id", "")));
        json_object_set_new(by, "project_id",
                            json_string(jstr(action, "project_id", "")));
        return by;
    }
    return json_null();
}

static void set_text(json_t *object, const char *key, const char *value)
{
    json_object_set_new(object, key, value ? json_string(value) : json_null());
}

static json_t *first_draft(struct move *m, const struct look *look, const json_t *server)
{
    const char *id = move_server_id(m), *unknown = NULL;
    const json_t *ports = look_doc(look, &kind_ports_of, id);
    const json_t *interfaces = look_doc(look, &kind_interfaces, id);
    const json_t *actions = look_doc(look, &kind_actions, id);
    const json_t *with_id = look_doc(look, &kind_server_246, id);
    json_t *draft = json_object();
    char taken[32];
    clock_iso(clock_wall(), taken);
    set_text(draft, "taken", taken);
    json_object_set_new(draft, "compute", json_integer(session_compute(session_of(m))));
    json_object_set_new(draft, "server", json_deep_copy(server));
    set_text(draft, "flavor_id",
             jstr(jget(with_id ? with_id : server, "flavor"), "id", NULL));
    set_text(draft, "image_id", jstr(jget(server, "image"), "id", NULL));
    json_object_set_new(draft, "interfaces", json_deep_copy(interfaces));
    json_object_set_new(draft, "ports", json_deep_copy(ports));
    json_object_set_new(draft, "attachments",
                        json_deep_copy(look_doc(look, &kind_attachments, id)));
    json_t *nics = nics_of(server, ports, interfaces, &unknown);
    if (nics_put_in_order(nics, option_of(m, "nic-order")))
        unknown = NULL;
    json_object_set_new(draft, "nics", nics);
    json_object_set_new(draft, "nic_order_known", json_boolean(!unknown));
    set_text(draft, "nic_order_unknown", unknown);
    json_t *first = json_array_get(ports, 0);
    json_t *groups = jget(first, "security_groups");
    json_object_set_new(draft, "groups", groups ? json_deep_copy(groups) : json_array());
    json_object_set_new(draft, "locked_by", locked_by(actions));
    const char *project = session_project_id(session_of(m));
    json_t *forwarded =
        forwards_candidates(look_doc(look, &kind_forwardings, project), ports);
    json_object_set_new(draft, "forwarded", forwarded);
    json_object_set_new(draft, "forwardings_hidden", json_array());
    if (json_array_size(forwarded) == 0)
        json_object_set_new(draft, "forwardings", json_array());
    set_text(draft, "last_action", jstr(json_array_get(actions, 0), "request_id", NULL));
    return draft;
}

/* What Nova shows of a server whose cell is down lacks nearly everything. */
static bool is_whole(const json_t *server)
{
    return !text_eq(jstr(server, "status", NULL), "UNKNOWN") &&
           *jstr(server, "name", "") && json_is_object(jget(server, "addresses"));
}

static bool is_seen(const struct look *look, const struct kind *kind, const char *key)
{
    const struct sight *sight = look_at(look, kind, key);
    return sight && sight->state != SIGHT_NONE;
}

static enum verdict first_seen(struct move *m, const struct look *look)
{
    const char *id = move_server_id(m);
    const struct sight *sight = look_at(look, &kind_server, id);
    if (sight && sight->state == SIGHT_GONE) {
        err_set(move_err(m), ERR_NOTFOUND, "there is no server %s in this project", id);
        return FAIL;
    }
    const json_t *server = look_doc(look, &kind_server, id);
    if (!server)
        return WAIT;
    if (!is_whole(server)) {
        err_set(
            move_err(m), ERR_REFUSED,
            "compute does not show the server whole (status %s): its cell is down; wait "
            "until it is back",
            jstr(server, "status", "unknown"));
        return FAIL;
    }
    move_set_names(m, jstr(server, "name", ""),
                   jstr(server, "OS-EXT-AZ:availability_zone", ""));
    const json_t *ports = look_doc(look, &kind_ports_of, id);
    if (!ports || !look_doc(look, &kind_interfaces, id) ||
        !look_doc(look, &kind_attachments, id) || !look_doc(look, &kind_actions, id) ||
        !is_seen(look, &kind_forwardings, session_project_id(session_of(m))))
        return WAIT;
    AUTO_JSON json_t *draft = first_draft(m, look, server);
    const json_t *attachments = look_doc(look, &kind_attachments, id);
    if (json_array_size(ports) > NICS_AT_MOST ||
        json_array_size(attachments) > VOLUMES_AT_MOST ||
        !key_fits(jstr(draft, "flavor_id", ""))) {
        err_set(move_err(m), ERR_REFUSED,
                "it has %zu NICs, %zu volumes and a flavor id of %zu characters: this "
                "version "
                "takes at most %d NICs, %d volumes and short flavor ids",
                json_array_size(ports), json_array_size(attachments),
                strlen(jstr(draft, "flavor_id", "")), NICS_AT_MOST, VOLUMES_AT_MOST);
        return FAIL;
    }
    if (json_array_size(jget(draft, "forwarded")) > FORWARDED_AT_MOST) {
        err_set(move_err(m), ERR_REFUSED,
                "%zu floating IPs may forward ports to it: this version looks at %d",
                json_array_size(jget(draft, "forwarded")), FORWARDED_AT_MOST);
        return FAIL;
    }
    save_draft(m, draft);
    return AGAIN;
}

/* Of one floating IP those that go to the server's ports; not shown: told. */
static void keep_forwardings(json_t *draft, const json_t *candidate,
                             const struct sight *sight)
{
    size_t i;
    json_t *one;
    if (sight->state != SIGHT_HERE) {
        json_t *hidden = json_copy((json_t *)candidate);
        json_object_set_new(hidden, "status", json_integer(sight->status));
        json_array_append_new(jget(draft, "forwardings_hidden"), hidden);
        return;
    }
    json_array_foreach(sight->doc, i, one)
    {
        json_t *ours = forward_captured(candidate, one, jget(draft, "ports"));
        if (ours)
            json_array_append_new(jget(draft, "forwardings"), ours);
    }
}

static enum verdict forwardings_seen(struct move *m, const struct look *look,
                                     json_t *draft)
{
    size_t i;
    json_t *one;
    json_array_foreach(jget(draft, "forwarded"), i, one)
    {
        if (!is_seen(look, &kind_forwardings_of, jstr(one, "id", "")))
            return WAIT;
    }
    json_object_set_new(draft, "forwardings", json_array());
    json_array_foreach(jget(draft, "forwarded"), i, one) keep_forwardings(
        draft, one, look_at(look, &kind_forwardings_of, jstr(one, "id", "")));
    save_draft(m, draft);
    return AGAIN;
}

/* What counts of a group; the policy was a list of one below 2.64. doc NULL: it is not
 * shown. Gives. */
static json_t *group_json(const char *id, const json_t *doc)
{
    json_t *group = jpair("id", json_string(id)), *members = jget(doc, "members");
    const json_t *old = json_array_get(jget(doc, "policies"), 0);
    const char *policy = jstr(doc, "policy", json_string_value(old));
    set_text(group, "name", jstr(doc, "name", NULL));
    set_text(group, "policy", policy);
    json_object_set_new(group, "members",
                        members ? json_deep_copy(members) : json_null());
    return group;
}

/* The groups that list the server as a member; below 2.71 the server does not tell.
 * Gives, json null when nobody tells. */
static json_t *groups_of(struct move *m, const struct look *look, const json_t *server)
{
    json_t *own = jget(server, "server_groups"), *list = json_array();
    json_t *all = look_doc(look, &kind_server_groups, ""), *id, *group, *member;
    size_t i, k;
    if (!own && !all) {
        json_decref(list);
        return json_null();
    }
    json_array_foreach(own, i, id)
    {
        const char *text = json_string_value(id) ? json_string_value(id) : "";
        json_array_append_new(list,
                              group_json(text, look_doc(look, &kind_server_group, text)));
    }
    json_array_foreach(own ? NULL : all, i, group)
    {
        json_array_foreach(jget(group, "members"), k, member)
        {
            if (text_eq(json_string_value(member), move_server_id(m)))
                json_array_append_new(list, group_json(jstr(group, "id", ""), group));
        }
    }
    return list;
}

/* The specs that the server runs with: of its own flavor (2.47), else of the flavor. */
static json_t *specs_of(const struct look *look, const json_t *draft,
                        const json_t *flavor)
{
    const json_t *specs = jget(draft, "server/flavor/extra_specs");
    if (!specs)
        specs = look_doc(look, &kind_flavor_specs, jstr(draft, "flavor_id", ""));
    if (!specs)
        specs = jget(flavor, "extra_specs");
    return specs ? json_deep_copy(specs) : json_null();
}

static void set_doc(json_t *capture, const char *key, const json_t *doc)
{
    json_object_set_new(capture, key, doc ? json_deep_copy(doc) : json_null());
}

/* In the order of the attachments; null for one that is gone. false: the look lacks some.
 */
static bool set_volumes(json_t *capture, const struct look *look)
{
    json_t *volumes = json_array(), *one;
    size_t i;
    json_object_set_new(capture, "volumes", volumes);
    json_array_foreach(jget(capture, "attachments"), i, one)
    {
        const struct sight *sight =
            look_at(look, &kind_volume, jstr(one, "volumeId", "-"));
        if (!sight || sight->state == SIGHT_NONE)
            return false;
        json_array_append_new(volumes, sight->doc && sight->state == SIGHT_HERE
                                           ? json_deep_copy(sight->doc)
                                           : json_null());
    }
    return true;
}

static enum verdict second_seen(struct move *m, const struct look *look, json_t *draft)
{
    const json_t *server = jget(draft, "server");
    AUTO_JSON json_t *ports = ids_in(jget(draft, "ports"), "id");
    AUTO_JSON json_t *nets = ids_in(jget(draft, "ports"), "network_id");
    json_t *floating, *networks;
    if (!look_ids(look, &kind_floating_ips, ports, &floating))
        return WAIT;
    if (!look_ids(look, &kind_networks, nets, &networks)) {
        json_decref(floating);
        return WAIT;
    }
    json_object_set_new(draft, "floating_ips", json_deep_copy(floating));
    json_object_set_new(draft, "networks", json_deep_copy(networks));
    json_decref(floating);
    json_decref(networks);
    if (!set_volumes(draft, look))
        return WAIT;
    const char *flavor_id = jstr(draft, "flavor_id", "");
    const json_t *flavor = look_doc(look, &kind_flavor, flavor_id);
    set_doc(draft, "flavor", flavor);
    json_object_set_new(draft, "flavor_specs", specs_of(look, draft, flavor));
    set_doc(draft, "image", look_doc(look, &kind_image, jstr(draft, "image_id", "")));
    json_object_set_new(
        draft, "keypair",
        json_boolean(keypair_is_callers(m, server) &&
                     look_doc(look, &kind_keypair, jstr(server, "key_name", ""))));
    json_object_set_new(draft, "server_groups", groups_of(m, look, server));
    set_doc(draft, "shares", look_doc(look, &kind_shares, move_server_id(m)));
    json_object_del(draft, "image_id");
    move_set_capture(m, json_incref(draft));
    /* Members are shown a hash of project and host: as good for telling hosts apart. */
    move_set_fact(m, FACT_SOURCE_HOST, jstr(server, "hostId", NULL));
    move_set_fact(m, DRAFT, NULL);
    move_set_serving(m, captured_running(m) ? SERVING_SOURCE : SERVING_NONE);
    return NEXT;
}

enum verdict capture_seen(struct move *m, const struct look *look)
{
    if (move_capture(m))
        return NEXT;
    AUTO_JSON json_t *draft = move_item(m) > 0 ? draft_of(m) : NULL;
    if (draft && needs_forwardings(draft))
        return forwardings_seen(m, look, draft);
    return draft ? second_seen(m, look, draft) : first_seen(m, look);
}
