/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of ports and floating IPs: off the source, made again where Nova deleted them,
 * floating IPs onto them; and the way back, in the order of the guest's NICs.
 *
 * A port is freed through Nova, never by taking its device_id away: Nova would cut the
 * target's network when the source is deleted. Neutron says that it is free before Nova
 * has forgotten the NIC (seen). Nova's list of NICs is Neutron's of ports by device_id;
 * what Nova itself remembers, and unbinds when it deletes the server, are the addresses
 * in its document: all three are asked. Between freeing and making again
 * somebody may take the address: then Neutron refuses (409), and the walk turns back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/error.h"
#include "cloud/neutron.h"
#include "cloud/nova.h"
#include "moves/acts.h"
#include "moves/capture.h"
#include "moves/forwards.h"
#include "moves/kinds.h"
#include "moves/ledger.h"
#include "moves/marks.h"
#include "moves/ports.h"
#include "moves/steps.h"
#include "moves/volumes.h"

#define NAMES     "port-names"
#define GIVE_BACK "give-back"

/* ---- what a look says of a port ---- */

static bool is_listed(const json_t *interfaces, const char *port_id)
{
    size_t i;
    json_t *one;

    json_array_foreach(interfaces, i, one)
    {
        if (text_eq(jstr(one, "port_id", NULL), port_id))
            return true;
    }
    return false;
}

static bool has_ip(const json_t *port, const char *ip)
{
    size_t i;
    json_t *one;

    json_array_foreach(jget(port, "fixed_ips"), i, one)
    {
        if (text_eq(jstr(one, "ip_address", NULL), ip))
            return true;
    }
    return false;
}

/* Does Nova itself still count this port as one of the server's? */
static bool is_remembered(const json_t *server, const json_t *port)
{
    const char *label;
    json_t *entries, *one;
    size_t i;

    json_object_foreach(jget(server, "addresses"), label, entries)
    {
        json_array_foreach(entries, i, one)
        {
            if (text_eq(jstr(one, "OS-EXT-IPS-MAC:mac_addr", NULL),
                        jstr(port, "mac_address", "")) &&
                has_ip(port, jstr(one, "addr", "")))
                return true;
        }
    }
    return false;
}

static const json_t *port_here(const struct look *look, const char *id)
{
    return id && *id ? look_doc(look, &kind_port, id) : NULL;
}

/* The one that we made for this NIC and have not given its own name yet. */
static const json_t *port_by_mark(struct move *m, const struct look *look, size_t nic)
{
    char mark[MARK_SIZE];
    size_t i;
    json_t *one;

    mark_port_name(move_id(m), nic, mark);
    json_array_foreach(look_doc(look, &kind_ports_by_name, mark), i, one)
    {
        if (text_eq(jstr(one, "name", NULL), mark) &&
            text_eq(jstr(one, "network_id", NULL),
                    jstr(nic_port(m, nic), "network_id", "")))
            return one;
    }
    return NULL;
}

static void watch_by_mark(struct move *m, struct watch *w, size_t nic)
{
    char mark[MARK_SIZE];

    mark_port_name(move_id(m), nic, mark);
    watch_add(w, &kind_ports_by_name, mark);
}

static bool can_look(const struct look *look, const struct kind *kind, const char *key)
{
    const struct sight *sight = look_at(look, kind, key);

    return sight && (sight->state == SIGHT_HERE || sight->state == SIGHT_GONE);
}

/* ---- open: the fence, while something is taken off the source ---- */

static bool frees_something(struct move *m)
{
    return (keeps_addresses(m) && nic_count(m) > 0) || volumes_to_free(m) > 0;
}

enum verdict open_source_seen(struct move *m, const struct look *look)
{
    bool gone;
    const json_t *doc = source_doc(m, look, &gone);

    if (!frees_something(m))
        return NEXT;
    if (!doc) {
        err_set(move_err(m), ERR_NOTFOUND, "the source is gone (404)");
        return gone ? HOLD : RETRY;
    }
    move_set_quiet(m, true);
    if (captured_compute(m) < 9) /* locks are not shown */
        return move_asked(m, WALK_FORWARD, "open") && !move_is_unanswered(m) ? NEXT
                                                                             : ABSENT;
    return server_is_locked(doc) ? ABSENT : NEXT;
}

bool open_source_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    nova_unlock(session_of(m), r, move_server_id(m));
    return true;
}

enum verdict fence_again_seen(struct move *m, const struct look *look)
{
    return frees_something(m) ? fence_seen_as(m, look, "fence-again") : NEXT;
}

/* ---- free: each NIC off the source ---- */

/* The last one first: those that are still on are then the first ones at any moment, and
 * giving the others back in the guest's order (which becomes that of attaching) restores
 * it. nic_count() when all are done. */
static size_t nic_to_free(struct move *m)
{
    size_t n = nic_count(m), item = (size_t)move_item(m);

    return item < n ? n - 1 - item : n;
}

void free_watch(struct move *m, struct watch *w)
{
    size_t nic = nic_to_free(m);

    if (!keeps_addresses(m) || nic >= nic_count(m))
        return;
    watch_source(m, w);
    watch_add(w, &kind_interfaces, move_server_id(m));
    watch_add(w, &kind_port, nic_port_id(m, nic));
    if (move_was_heard(m))
        watch_add(w, &kind_actions, move_server_id(m));
}

/* Did the detachment that compute accepted last end in an error? */
static bool detachment_failed(struct move *m, const struct look *look)
{
    const json_t *actions = look_doc(look, &kind_actions, move_server_id(m));
    const char *request = move_ask_request_id(m, WALK_FORWARD, "free");
    size_t i;
    json_t *one;

    json_array_foreach(actions, i, one)
    {
        if (request && text_eq(jstr(one, "request_id", NULL), request))
            return text_eq(jstr(one, "action", NULL), "detach_interface") &&
                   text_eq(jstr(one, "message", NULL), "Error");
    }
    return false;
}

enum verdict free_seen(struct move *m, const struct look *look)
{
    size_t nic = nic_to_free(m);
    const char *id = nic_port_id(m, nic), *device;
    const json_t *server = source_doc(m, look, NULL), *port;
    const json_t *interfaces = look_doc(look, &kind_interfaces, move_server_id(m));
    double asked = move_asked_at(m, WALK_FORWARD, "free", move_item(m));

    if (!keeps_addresses(m) || nic >= nic_count(m))
        return NEXT;
    if (!server || !interfaces || !can_look(look, &kind_port, id))
        return RETRY;
    port = port_here(look, id);
    device = jstr(port, "device_id", "");
    /* No task shows a detachment that was accepted: a host that is down does it later,
     * perhaps after everything was given back. */
    move_set_quiet(m, !server_is_busy(server) &&
                          (!move_was_heard(m) || detachment_failed(m, look)));
    if (server_is_busy(server))
        return WAIT;
    if (!is_listed(interfaces, id) && strcmp(device, move_server_id(m)) != 0) {
        if (*device) {
            err_set(move_err(m), ERR_CONFLICT,
                    "somebody gave port %s to %s while it was taken off the source", id,
                    device);
            return FAIL;
        }
        if (is_remembered(server, nic_port(m, nic))) {
            move_set_quiet(m, false);
            return WAIT;
        }
        nic_set_port_now(m, nic, port ? id : NULL);
        ledger_off(m, nic, asked > 0 ? asked : clock_wall());
        return AGAIN;
    }
    /* Accepted, and done without any sign of a task: only its end can be seen. */
    return move_was_heard(m) ? WAIT : ABSENT;
}

bool free_ask(struct move *m, struct request *r, struct err *err)
{
    (void)err;
    nova_detach_port(session_of(m), r, move_server_id(m), nic_port_id(m, nic_to_free(m)));
    return true;
}

enum verdict free_heard(struct move *m, const struct reply *reply)
{
    (void)m;
    if (reply_is_accepted(reply))
        return WAIT;
    return reply->status == 404 ? ABSENT : reply->status == 409 ? RETRY : FAIL;
}

/* ---- ports: those that went with their NIC are made again ---- */

void ports_watch(struct move *m, struct watch *w)
{
    size_t nic = (size_t)move_item(m);

    if (!keeps_addresses(m) || nic >= nic_count(m))
        return;
    watch_add(w, &kind_port, nic_port_id(m, nic));
    watch_by_mark(m, w, nic);
}

enum verdict ports_seen(struct move *m, const struct look *look)
{
    size_t nic = (size_t)move_item(m);
    const char *id = nic_port_id(m, nic);
    AUTO_FREE char *now = NULL;
    const json_t *made;

    move_set_quiet(m, true);
    if (!keeps_addresses(m) || nic >= nic_count(m))
        return NEXT;
    now = nic_port_now(m, nic);
    if (now)
        return AGAIN;
    if (!can_look(look, &kind_port, id))
        return RETRY;
    if (port_here(look, id)) { /* a replica had not seen that it is still there */
        nic_set_port_now(m, nic, id);
        return AGAIN;
    }
    made = port_by_mark(m, look, nic);
    if (!made)
        return ABSENT;
    if (move_is_unanswered(m))
        move_set_new_id(m, jstr(made, "id", NULL));
    nic_set_port_now(m, nic, jstr(made, "id", NULL));
    return AGAIN;
}

bool ports_ask(struct move *m, struct request *r, struct err *err)
{
    AUTO_JSON json_t *body = port_made_again(m, (size_t)move_item(m));

    (void)err;
    neutron_port_create(session_of(m), r, body);
    return true;
}

/* The id of what was made; NULL when the body was cut. Gives. */
static char *made_id(const struct reply *reply)
{
    AUTO_JSON json_t *body = NULL;

    if (!cloud_json(reply, SERVICE_NETWORK, &body, NULL))
        return NULL;
    return xstrdup(jstr(jget(body, "port"), "id", NULL));
}

enum verdict ports_heard(struct move *m, const struct reply *reply)
{
    AUTO_FREE char *id = NULL;

    if (!reply_is_accepted(reply)) {
        if (reply->status == 409)
            err_wrap(move_err(m), "the address of NIC %d cannot be taken again",
                     move_item(m) + 1);
        return reply->status == 409 ? RETRY : FAIL;
    }
    id = made_id(reply);
    if (!id)
        return WAIT;
    move_set_new_id(m, id);
    nic_set_port_now(m, (size_t)move_item(m), id);
    return AGAIN;
}

/* ---- floating IPs follow a port that was made again ---- */

static const json_t *float_at(struct move *m, size_t i)
{
    return json_array_get(jget(move_capture(m), "floating_ips"), i);
}

void floats_watch(struct move *m, struct watch *w)
{
    const json_t *one = float_at(m, (size_t)move_item(m));

    if (keeps_addresses(m) && one)
        watch_add(w, &kind_floating_ip, jstr(one, "id", ""));
}

/* Where this floating IP belongs by now. Gives. */
static char *float_home(struct move *m, const json_t *captured)
{
    return nic_port_now(m, nic_of_port(m, jstr(captured, "port_id", "")));
}

static void note_revision(struct move *m, const json_t *doc)
{
    AUTO_FREE char *text = xasprintf("%lld", revision_of(doc));

    move_set_fact(m, FACT_REVISION, text);
}

static long long noted_revision(const struct move *m)
{
    const char *text = move_fact(m, FACT_REVISION);
    long long revision = -1;

    return text && sscanf(text, "%lld", &revision) == 1 ? revision : -1;
}

enum verdict floats_seen(struct move *m, const struct look *look)
{
    const json_t *captured = float_at(m, (size_t)move_item(m)), *now;
    const char *id = jstr(captured, "id", ""), *at;
    AUTO_FREE char *home = NULL;

    move_set_quiet(m, true);
    if (!keeps_addresses(m) || !captured)
        return NEXT;
    if (!can_look(look, &kind_floating_ip, id))
        return RETRY;
    now = look_doc(look, &kind_floating_ip, id);
    if (!now) {
        err_set(move_err(m), ERR_CONFLICT, "somebody deleted the floating IP %s",
                jstr(captured, "floating_ip_address", id));
        return FAIL;
    }
    home = float_home(m, captured);
    at = jstr(now, "port_id", "");
    if (text_eq(at, home))
        return AGAIN;
    if (*at && strcmp(at, jstr(captured, "port_id", "")) != 0) {
        err_set(move_err(m), ERR_CONFLICT,
                "somebody gave the floating IP %s to port %s meanwhile",
                jstr(captured, "floating_ip_address", id), at);
        return FAIL;
    }
    note_revision(m, now);
    return ABSENT;
}

bool floats_ask(struct move *m, struct request *r, struct err *err)
{
    const json_t *captured = float_at(m, (size_t)move_item(m));
    AUTO_FREE char *home = float_home(m, captured);

    if (!home)
        return err_set(err, ERR_INTERNAL, "no port for the floating IP");
    neutron_floating_ip_update(session_of(m), r, jstr(captured, "id", ""), home,
                               jstr(captured, "fixed_ip_address", NULL),
                               noted_revision(m));
    return true;
}

/* ---- names: what was made again gets its own, once the target has it ---- */

void names_watch(struct move *m, struct watch *w)
{
    size_t nic = acts_at(m, NAMES);
    AUTO_FREE char *now = nic_port_now(m, nic);

    if (keeps_addresses(m) && now && !text_eq(now, nic_port_id(m, nic)))
        watch_add(w, &kind_port, now);
}

enum verdict names_seen(struct move *m, const struct look *look)
{
    size_t nic = acts_at(m, NAMES);
    AUTO_FREE char *now = nic_port_now(m, nic);
    const json_t *port;
    const char *lacks;

    move_set_quiet(m, true);
    if (!keeps_addresses(m) || nic >= nic_count(m))
        return acts_over(m);
    if (!now || text_eq(now, nic_port_id(m, nic))) /* never lost its name */
        return acts_next(m, NAMES);
    if (!can_look(look, &kind_port, now))
        return RETRY;
    port = port_here(look, now);
    lacks = port ? port_lacks(nic_port(m, nic), port) : NULL;
    if (!lacks)
        return acts_next(m, NAMES);
    note_revision(m, port);
    return acts_want(m, xasprintf("%s %s", lacks, now));
}

static bool name_or_tags_ask(struct move *m, size_t nic, struct request *r,
                             struct err *err)
{
    const char *act = move_fact(m, FACT_ACT);
    const json_t *captured = nic_port(m, nic);
    const char *id = act ? strchr(act, ' ') : NULL;

    if (!id)
        return err_set(err, ERR_INTERNAL, "no port to name");
    if (text_starts(act, "name ")) {
        AUTO_JSON json_t *change = port_own_name(captured);

        neutron_port_update(session_of(m), r, id + 1, change, noted_revision(m));
    } else {
        AUTO_JSON json_t *none = json_array();
        json_t *tags = jget(captured, "tags");

        neutron_port_tags(session_of(m), r, id + 1, tags ? tags : none);
    }
    return true;
}

bool names_ask(struct move *m, struct request *r, struct err *err)
{
    return name_or_tags_ask(m, acts_at(m, NAMES), r, err);
}

/* What is refused for one port is told, and the next one's turn comes. */
enum verdict names_heard(struct move *m, const struct reply *reply)
{
    size_t nic = acts_at(m, NAMES);
    AUTO_FREE char *now = nic_port_now(m, nic);
    AUTO_FREE char *name = xasprintf(NAMES ".%zu", nic + 1);

    if (reply_is_accepted(reply))
        return WAIT;
    move_announce(m, name, "port %s does not get its own name and tags back: %s",
                  now ? now : "", move_err(m)->text);
    return acts_next(m, NAMES);
}

/* ---- undo: every NIC gets its port back, in the order of the guest ---- */

static void watch_floats_of(struct move *m, struct watch *w, size_t nic)
{
    size_t i, n = 0;
    json_t *one;

    json_array_foreach(jget(move_capture(m), "floating_ips"), i, one)
    {
        if (nic_of_port(m, jstr(one, "port_id", "")) == nic && n++ < FLOATS_AT_MOST)
            watch_add(w, &kind_floating_ip, jstr(one, "id", ""));
    }
}

static void give_back_watch(struct move *m, struct watch *w)
{
    size_t nic = acts_at(m, GIVE_BACK);
    AUTO_FREE char *now = nic_port_now(m, nic);

    if (!keeps_addresses(m) || nic >= nic_count(m))
        return;
    watch_source(m, w);
    watch_add(w, &kind_interfaces, move_server_id(m));
    watch_add(w, &kind_port, nic_port_id(m, nic));
    if (now)
        watch_add(w, &kind_port, now);
    watch_by_mark(m, w, nic);
    watch_floats_of(m, w, nic);
    forwards_watch_all(m, w, nic);
}

static bool has_float(struct move *m, const struct look *look, const char *port_id)
{
    size_t i;
    json_t *one;

    json_array_foreach(jget(move_capture(m), "floating_ips"), i, one)
    {
        const json_t *now = look_doc(look, &kind_floating_ip, jstr(one, "id", ""));

        if (text_eq(jstr(now, "port_id", NULL), port_id))
            return true;
    }
    return false;
}

/* The port that this NIC gets: the captured one, else the one made instead. */
static const json_t *port_to_give(struct move *m, const struct look *look, size_t nic)
{
    AUTO_FREE char *now = nic_port_now(m, nic);
    const json_t *port = port_here(look, nic_port_id(m, nic));

    if (!port)
        port = port_here(look, now);
    return port ? port : port_by_mark(m, look, nic);
}

/* Is what the look says of each floating IP of the NIC known, be it that it is gone? */
static bool sees_floats(struct move *m, const struct look *look, size_t nic)
{
    size_t i;
    json_t *one;

    json_array_foreach(jget(move_capture(m), "floating_ips"), i, one)
    {
        if (nic_of_port(m, jstr(one, "port_id", "")) == nic &&
            !can_look(look, &kind_floating_ip, jstr(one, "id", "")))
            return false;
    }
    return true;
}

/* A floating IP of the NIC that is not where it belongs; deleted or taken by somebody:
 * told. */
static const json_t *float_to_give(struct move *m, const struct look *look, size_t nic,
                                   const char *port_id)
{
    size_t i;
    json_t *one;

    json_array_foreach(jget(move_capture(m), "floating_ips"), i, one)
    {
        const char *home = jstr(one, "port_id", ""), *id = jstr(one, "id", ""), *at;
        const json_t *now = look_doc(look, &kind_floating_ip, id);

        if (nic_of_port(m, home) != nic)
            continue;
        if (!now) {
            move_leave(m, id, "the floating IP %s was deleted by somebody",
                       jstr(one, "floating_ip_address", id));
            continue;
        }
        at = jstr(now, "port_id", "");
        if (strcmp(at, port_id) == 0)
            continue;
        if (*at && strcmp(at, home) != 0) {
            move_leave(m, id, "the floating IP %s was given to port %s by somebody",
                       jstr(one, "floating_ip_address", id), at);
            continue;
        }
        return now;
    }
    return NULL;
}

/* Of the NIC, and on this port: what somebody has taken is off for good. */
static void note_floats_on(struct move *m, const struct look *look, size_t nic,
                           const char *port_id)
{
    size_t i;
    json_t *one;

    json_array_foreach(jget(move_capture(m), "floating_ips"), i, one)
    {
        const char *id = jstr(one, "id", "");
        const json_t *now = look_doc(look, &kind_floating_ip, id);

        if (nic_of_port(m, jstr(one, "port_id", "")) == nic &&
            text_eq(jstr(now, "port_id", NULL), port_id))
            ledger_on(m, id);
    }
}

static enum verdict give_back_seen(struct move *m, const struct look *look)
{
    size_t nic = acts_at(m, GIVE_BACK);
    json_t *server;
    enum verdict there;
    const json_t *port, *one;
    const char *id, *device, *lacks;
    size_t forward;
    bool listed;

    if (!keeps_addresses(m) || nic >= nic_count(m))
        return acts_over(m);
    there = source_back_there(m, look, &server);
    if (there != NEXT || !server)
        return there == NEXT ? acts_over(m) : there;
    if (!can_look(look, &kind_port, nic_port_id(m, nic)) ||
        !look_doc(look, &kind_interfaces, move_server_id(m)))
        return RETRY;
    move_set_quiet(m, !server_is_busy(server));
    if (server_is_busy(server))
        return WAIT;
    port = port_to_give(m, look, nic);
    if (!port) {
        nic_set_port_now(m, nic, NULL);
        return acts_want(m, xasprintf("make %zu", nic));
    }
    id = jstr(port, "id", "");
    device = jstr(port, "device_id", "");
    listed = is_listed(look_doc(look, &kind_interfaces, move_server_id(m)), id);
    nic_set_port_now(m, nic, id);
    if (*device && strcmp(device, move_server_id(m)) != 0) {
        err_set(move_err(m), ERR_CONFLICT,
                "port %s, which the source needs back, belongs to %s", id, device);
        return is_our_target(m, device) ? WAIT : HOLD;
    }
    if (!*device && !listed)
        return acts_want(m, xasprintf("attach %s", id));
    if (!*device || !listed) /* one of the two has not heard of it yet */
        return WAIT;
    ledger_on(m, nic_port_id(m, nic));
    if (forward_to_give(m, look, nic, id, has_float(m, look, id), &forward))
        return acts_want(m, xasprintf("forward %zu", forward));
    if (!sees_floats(m, look, nic))
        return RETRY;
    one = float_to_give(m, look, nic, id);
    if (one) {
        note_revision(m, one);
        return acts_want(m, xasprintf("float %s", jstr(one, "id", "")));
    }
    lacks = text_eq(id, nic_port_id(m, nic)) ? NULL : port_lacks(nic_port(m, nic), port);
    if (lacks) {
        note_revision(m, port);
        return acts_want(m, xasprintf("%s %s", lacks, id));
    }
    if (!text_eq(id, nic_port_id(m, nic)))
        move_announce(m, "port-ids",
                      "a port of the source was made again: its id is new, and it is not "
                      "deleted with the server any more");
    note_floats_on(m, look, nic, id);
    forwards_note_on(m, look, nic, id);
    return acts_next(m, GIVE_BACK);
}

static const json_t *float_by_id(struct move *m, const char *id)
{
    size_t i;
    json_t *one;

    json_array_foreach(jget(move_capture(m), "floating_ips"), i, one)
    {
        if (text_eq(jstr(one, "id", NULL), id))
            return one;
    }
    return NULL;
}

static bool give_back_ask(struct move *m, struct request *r, struct err *err)
{
    const char *act = move_fact(m, FACT_ACT);
    const char *id = act ? strchr(act, ' ') : NULL;
    size_t nic = acts_at(m, GIVE_BACK);
    AUTO_FREE char *now = nic_port_now(m, nic);
    const struct session *s = session_of(m);

    if (!id)
        return err_set(err, ERR_INTERNAL, "no port to give back");
    id++;
    if (text_starts(act, "make ")) {
        AUTO_JSON json_t *body = port_made_again(m, nic);

        neutron_port_create(s, r, body);
    } else if (text_starts(act, "attach ")) {
        nova_attach_port(s, r, move_server_id(m), id,
                         jstr(nic_at(m, nic), "device_tag", NULL));
    } else if (text_starts(act, "float ")) {
        neutron_floating_ip_update(s, r, id, now ? now : "",
                                   jstr(float_by_id(m, id), "fixed_ip_address", NULL),
                                   noted_revision(m));
    } else if (text_starts(act, "forward ")) {
        return forward_give_ask(m, r, (size_t)strtoul(id, NULL, 10), now ? now : "", err);
    } else {
        return name_or_tags_ask(m, nic, r, err);
    }
    return true;
}

static enum verdict give_back_heard(struct move *m, const struct reply *reply)
{
    const char *act = move_fact(m, FACT_ACT);

    if (reply_is_accepted(reply))
        return WAIT;
    if (act && text_starts(act, "make ") && reply->status == 409)
        err_wrap(move_err(m),
                 "the source's port cannot be made again: somebody has its address; free "
                 "it, then resume");
    if (acts_of(m, "forward")) {
        forward_note_refused(m, acts_of(m, "forward"));
        return ABSENT; /* or somebody was faster: a look tells */
    }
    return reply->status == 409 || reply->status == 404 ? RETRY : FAIL;
}

const struct step undo_free = {
    .id = GIVE_BACK,
    .label = "giving the source its ports back",
    .watch = give_back_watch,
    .seen = give_back_seen,
    .ask = give_back_ask,
    .heard = give_back_heard,
    .class = CLASS_GUARDED,
    .flags = STEP_TOGGLE | STEP_FRESH, /* the target has let go since */
    .first_s = 0.1,
    .every_s = 5,
    .limit_s = 600,
    .at_limit = HOLD,
};

/* ---- after the source is gone ---- */

void commit_floats_watch(struct move *m, struct watch *w)
{
    for (size_t i = 0; float_at(m, i) && i < FLOATS_AT_MOST; i++)
        watch_add(w, &kind_floating_ip, jstr(float_at(m, i), "id", ""));
    forwards_watch_all(m, w, nic_count(m));
}

static const json_t *port_in(const json_t *ports, const char *id)
{
    size_t i;
    json_t *port;

    json_array_foreach(ports, i, port)
    {
        if (text_eq(jstr(port, "id", NULL), id))
            return port;
    }
    return NULL;
}

/* A port of a guest that is off is DOWN (OVS, OVN), whoever stopped it. */
static bool target_runs(const struct move *m, const struct look *look)
{
    return text_eq(jstr(look_doc(look, &kind_server, move_target_id(m)), "status", NULL),
                   "ACTIVE");
}

bool commit_network_is_whole(struct move *m, const struct look *look, char **ret_missing)
{
    const struct sight *ports = look_at(look, &kind_ports_of, move_target_id(m));
    bool runs = captured_running(m) && target_runs(m, look), all;
    struct strv missing = {0};

    *ret_missing = NULL;
    if (!ports || ports->state != SIGHT_HERE)
        return false;
    for (size_t nic = 0; nic < nic_count(m); nic++) {
        AUTO_FREE char *id = nic_port_now(m, nic);
        const json_t *port = port_in(ports->doc, id);
        bool was_up = text_eq(jstr(nic_port(m, nic), "status", NULL), "ACTIVE");

        if (!port)
            strv_take(&missing, xasprintf("port %s", id ? id : nic_port_id(m, nic)));
        else if (runs && was_up && !text_eq(jstr(port, "status", ""), "ACTIVE"))
            strv_take(&missing, xasprintf("port %s (%s)", id, jstr(port, "status", "?")));
    }
    for (size_t i = 0; float_at(m, i) && i < FLOATS_AT_MOST; i++) {
        const char *id = jstr(float_at(m, i), "id", "");
        const json_t *now = look_doc(look, &kind_floating_ip, id);
        AUTO_FREE char *home = float_home(m, float_at(m, i));

        if (!text_eq(jstr(now, "port_id", NULL), home))
            strv_take(&missing,
                      xasprintf("floating IP %s",
                                jstr(float_at(m, i), "floating_ip_address", id)));
    }
    all = missing.len == 0;
    *ret_missing = strv_join(&missing, ", ");
    strv_clear(&missing);
    return all;
}

/* ---- is all of it back? ---- */

void ports_back_watch(struct move *m, struct watch *w)
{
    if (move_asked(m, WALK_FORWARD, "free"))
        watch_add(w, &kind_ports_of, move_server_id(m));
}

static bool has_mac(const json_t *ports, const json_t *captured)
{
    size_t i;
    json_t *port;

    json_array_foreach(ports, i, port)
    {
        if (text_eq(jstr(port, "network_id", NULL), jstr(captured, "network_id", "")) &&
            text_eq(jstr(port, "mac_address", NULL), jstr(captured, "mac_address", "")))
            return true;
    }
    return false;
}

bool ports_are_back(struct move *m, const struct look *look, struct strv *missing)
{
    const json_t *ports;

    if (!move_asked(m, WALK_FORWARD, "free"))
        return true;
    ports = look_doc(look, &kind_ports_of, move_server_id(m));
    for (size_t nic = 0; ports && nic < nic_count(m); nic++)
        if (!has_mac(ports, nic_port(m, nic)))
            strv_take(missing, xasprintf("the port with MAC %s",
                                         jstr(nic_port(m, nic), "mac_address", "?")));
    return ports != NULL;
}
