/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges what was left behind. Two cases: a move that this database knows and that is
 * over, of which ids tell what is ours; and one that it does not know, of which only what
 * the cloud itself proves may go: its source is there, free, and nothing hangs on the
 * thing. Whoever might still go on with a move has claimed or fenced its source.
 */
#include "moves/leftover.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/cinder.h"
#include "cloud/glance.h"
#include "cloud/json.h"
#include "cloud/neutron.h"
#include "cloud/nova.h"
#include "moves/marks.h"
#include "moves/steps.h"

struct judge {
    const struct inventory *inv;
    const char *move_id;
    const json_t *trace;
    const struct known_move *known;
    struct vec *ret;
};

void known_move_clear(struct known_move *known)
{
    xreplace(&known->source_id, NULL);
    xreplace(&known->target_id, NULL);
    xreplace(&known->image, NULL);
    xreplace(&known->ports, NULL);
    *known = (struct known_move){0};
}

void leftover_free(void *leftover)
{
    struct leftover *l = leftover;
    if (!l)
        return;
    free(l->id);
    free(l->name);
    free(l->move_id);
    free(l->why);
    free(l->mark);
    free(l);
}

bool leftover_same(const struct leftover *a, const struct leftover *b)
{
    return a->act == b->act && text_eq(a->kind, b->kind) && text_eq(a->id, b->id) &&
           text_eq(a->move_id, b->move_id) && text_eq(a->mark, b->mark);
}

json_t *leftover_json(const struct leftover *l)
{
    json_t *object = json_object();
    json_object_set_new(object, "kind", jtext(l->kind));
    json_object_set_new(object, "id", jtext(l->id));
    json_object_set_new(object, "name", l->name ? jtext(l->name) : json_null());
    json_object_set_new(object, "move_id", jtext(l->move_id));
    json_object_set_new(object, "why", jtext(l->why));
    return object;
}

char *leftover_words(const struct leftover *l)
{
    AUTO_FREE char *name = text_printable(l->name ? l->name : "", 255);
    AUTO_FREE char *id = text_printable(l->id, 64);
    AUTO_FREE char *mark = text_printable(l->mark ? l->mark : MARK_PROPERTY, 80);
    const char *blank = *name ? " " : "";
    if (text_eq(l->kind, "tag") || text_eq(l->kind, "metadata"))
        return xasprintf("the %s %s of server%s%s (%s)", l->kind, mark, blank, name, id);
    if (text_eq(l->kind, "lock"))
        return xasprintf("the lock of server%s%s (%s)", blank, name, id);
    return xasprintf("the %s%s%s (%s)", l->kind, blank, name, id);
}

void leftover_keep(struct leftover *l, const char *why)
{
    free(l->why);
    l->why = xasprintf("kept: %s", why);
    l->act = LEFT_TELL;
}

static struct leftover *add(const struct judge *j, const char *kind, const json_t *doc,
                            enum leftover_act act, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static struct leftover *add(const struct judge *j, const char *kind, const json_t *doc,
                            enum leftover_act act, const char *fmt, ...)
{
    struct leftover *l = xcalloc(1, sizeof(*l));
    va_list ap;
    va_start(ap, fmt);
    AUTO_FREE char *why = xvasprintf(fmt, ap);
    va_end(ap);
    l->kind = kind;
    l->id = xstrdup(jstr(doc, "id", ""));
    l->name = xstrdup(jstr(doc, "name", NULL));
    l->move_id = xstrdup(j->move_id);
    l->why = act == LEFT_TELL ? xasprintf("kept: %s", why) : xsteal(&why);
    l->act = act;
    vec_add(j->ret, l);
    return l;
}

static const char *id_of(const json_t *doc)
{
    return jstr(doc, "id", "");
}

static const json_t *list(const struct judge *j, const char *what)
{
    return json_object_get(j->trace, what);
}

static bool has_tag(const json_t *doc, const char *tag)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(doc, "tags"), i, one)
    {
        if (text_eq(json_string_value(one), tag))
            return true;
    }
    return false;
}

/* A server that could take its place again: there, and not broken. */
static bool is_sound(const json_t *server)
{
    const char *status = jstr(server, "status", "");
    return server && strcmp(status, "ERROR") != 0 && strcmp(status, "UNKNOWN") != 0 &&
           strcmp(status, "BUILD") != 0;
}

static const char *first_volume(const json_t *server)
{
    const json_t *all = jget(server, "os-extended-volumes:volumes_attached");
    return jstr(json_array_get(all, 0), "id", NULL);
}

/* Of a tag, and of metadata where tags were full or unknown: each is one finding. */
static void add_marks(const struct judge *j, const json_t *server, const char *role,
                      const char *why)
{
    AUTO_FREE char *tag = xasprintf("rezone:%s:%s", j->move_id, role);
    AUTO_FREE char *value = xasprintf("%s:%s", j->move_id, role);
    if (has_tag(server, tag))
        add(j, "tag", server, LEFT_DELETE_TAG, "%s", why)->mark = xstrdup(tag);
    if (text_eq(jstr(jget(server, "metadata"), MARK_PROPERTY, NULL), value))
        add(j, "metadata", server, LEFT_DELETE_METADATA, "%s", why);
}

/* ---- a move that is known here and over ---- */

/* A state of a later version has no name here. */
static const char *ended(const struct judge *j)
{
    bool named = j->known->state < MOVE_STATE_MAX;
    return named ? move_state_name(j->known->state) : "in an unknown state";
}

static void judge_claim(const struct judge *j, const json_t *server)
{
    AUTO_FREE char *why = xasprintf("the claim of a move that is %s", ended(j));
    if (text_eq(id_of(server), j->known->source_id))
        add_marks(j, server, "source", why);
    else
        add(j, "server", server, LEFT_TELL,
            "it bears the mark of a source, and the source of this move was %s",
            j->known->source_id);
}

static void judge_fence(const struct judge *j, const json_t *server)
{
    if (!text_eq(id_of(server), j->known->source_id))
        add(j, "lock", server, LEFT_TELL,
            "it is locked in the name of a move whose source was %s",
            j->known->source_id);
    else if (j->known->was_locked)
        add(j, "lock", server, LEFT_TELL,
            "it was locked before the move too; only the reason (%s) is not its own",
            server_lock_reason(server));
    else
        add(j, "lock", server, LEFT_UNLOCK, "the lock of a move that is %s", ended(j));
}

/* Who would have to be there, should the duplicate go: whoever serves by now. */
static const char *survivor(const struct judge *j)
{
    return j->known->state == MOVE_COMMITTED ? j->known->target_id : j->known->source_id;
}

/* Why a server with the target's mark, neither source nor target, must not be deleted.
 * NULL: it is a failed duplicate; gives. */
static char *why_not_duplicate(const struct judge *j, const json_t *server)
{
    const char *image = jstr(jget(server, "image"), "id", NULL);
    const char *other = survivor(j);
    if (!j->known->image || !text_eq(image, j->known->image))
        return xasprintf("it was not booted from the snapshot of this move");
    if (first_volume(server))
        return xasprintf("volume %s hangs on it", first_volume(server));
    if (server_is_locked(server))
        return xasprintf("somebody locked it");
    if (!is_sound(inventory_server(j->inv, other)))
        return xasprintf("server %s cannot be seen whole: this may be the last copy",
                         other ? other : "");
    return NULL;
}

static void judge_target(const struct judge *j, const json_t *server)
{
    const char *id = id_of(server);
    if (text_eq(id, j->known->source_id)) {
        add(j, "server", server, LEFT_TELL,
            "it is the source, and bears a target's mark");
    } else if (text_eq(id, j->known->target_id)) {
        AUTO_FREE char *why = xasprintf("the mark of a move that is %s", ended(j));
        if (j->known->state == MOVE_COMMITTED)
            add_marks(j, server, "target", why);
        else
            add(j, "server", server, LEFT_TELL,
                "it is the target of a move that is %s, and should be gone", ended(j));
    } else {
        AUTO_FREE char *why = why_not_duplicate(j, server);
        if (why)
            add(j, "server", server, LEFT_TELL, "a second target, but %s", why);
        else
            add(j, "server", server, LEFT_DELETE_SERVER,
                "a second target of a move that is %s; server %s stays", ended(j),
                survivor(j));
    }
}

static void judge_known_image(const struct judge *j, const json_t *image)
{
    if (!mark_image_is_ours(image, j->move_id, j->known->source_id))
        add(j, "image", image, LEFT_TELL, "it was taken of server %s, not of %s",
            jstr(image, "instance_uuid", "?"), j->known->source_id);
    else if (j->known->state == MOVE_COMMITTED && j->known->keeps_image)
        add(j, "image", image, LEFT_TELL, "--keep-image was given to commit");
    else if (!is_sound(inventory_server(j->inv, survivor(j))))
        add(j, "image", image, LEFT_TELL,
            "its move is %s, but server %s cannot be seen whole: it may be the last copy",
            ended(j), survivor(j) ? survivor(j) : "");
    else
        add(j, "image", image, LEFT_DELETE_IMAGE, "the snapshot of a move that is %s",
            ended(j));
}

/* Its server had it, and whoever took it off may want its addresses again. */
static bool is_of_a_nic(const struct judge *j, const json_t *port)
{
    AUTO_JSON json_t *ids = j->known->ports ? json_loads(j->known->ports, 0, NULL) : NULL;
    size_t i;
    json_t *id;
    json_array_foreach(ids, i, id)
    {
        if (text_eq(json_string_value(id), jstr(port, "id", NULL)))
            return true;
    }
    return false;
}

static void judge_known_port(const struct judge *j, const json_t *port)
{
    const char *device = jstr(port, "device_id", "");
    if (*device)
        add(j, "port", port, LEFT_TELL, "it hangs on %s", device);
    else if (is_of_a_nic(j, port) && inventory_server(j->inv, survivor(j)))
        add(j, "port", port, LEFT_TELL,
            "its move is %s, and it keeps addresses that were server %s's", ended(j),
            survivor(j));
    else
        add(j, "port", port, LEFT_DELETE_PORT, "a port of a move that is %s", ended(j));
}

static bool is_free(const json_t *volume)
{
    const char *status = jstr(volume, "status", "");
    return json_array_size(json_object_get(volume, "attachments")) == 0 &&
           (strcmp(status, "available") == 0 || strcmp(status, "error") == 0);
}

static const json_t *find(const json_t *docs, const char *id);

/* A copy goes only while what it is a copy of is there; and never one that a committed
 * move gave its target, which may have been taken off it since. */
static void judge_known_volume(const struct judge *j, const json_t *volume)
{
    const char *origin = jstr(jget(volume, "metadata"), MARK_ORIGIN, "");
    const json_t *original = find(j->inv->volumes, origin);
    bool clone = text_ends(jstr(volume, "name", ""), ":clone");
    if (!mark_volume_is_ours(volume, j->move_id))
        add(j, "volume", volume, LEFT_TELL,
            "its name is one of ours, but its metadata does not say so too");
    else if (!is_free(volume))
        add(j, "volume", volume, LEFT_TELL, "it is %s", jstr(volume, "status", "?"));
    else if (j->known->state == MOVE_COMMITTED && !clone)
        add(j, "volume", volume, LEFT_TELL,
            "its move is committed: it may be what the target's data are on");
    else if (!original || text_eq(jstr(original, "status", NULL), "deleting"))
        add(j, "volume", volume, LEFT_TELL,
            "the volume %s is gone: this may be the last copy of it", origin);
    else
        add(j, "volume", volume, LEFT_DELETE_VOLUME, "a volume of a move that is %s",
            ended(j));
}

/* The image between a volume and its copy. */
static void judge_known_upload(const struct judge *j, const json_t *image)
{
    if (!is_sound(inventory_server(j->inv, survivor(j))))
        add(j, "image", image, LEFT_TELL,
            "its move is %s, but server %s cannot be seen whole: it may be the last copy "
            "of a volume",
            ended(j), survivor(j) ? survivor(j) : "");
    else
        add(j, "image", image, LEFT_DELETE_IMAGE,
            "the image of a volume of a move that is %s", ended(j));
}

/* ---- a move that this database does not know ---- */

/* Whoever works on it, or could go on with it, holds its source. NULL: nobody. */
static const json_t *held_source(const struct judge *j)
{
    const json_t *claimed = json_array_get(list(j, "claimed"), 0);
    return claimed ? claimed : json_array_get(list(j, "fenced"), 0);
}

/* Why the lists prove nothing here; NULL: they do. */
static const char *why_no_proof(const struct judge *j)
{
    if (!j->inv->shows_tags)
        return "this compute service does not show tags, which may claim its source";
    if (!j->inv->complete)
        return "the lists of this compute service do not prove that no server needs it";
    return NULL;
}

static void judge_held_source(const struct judge *j, const json_t *server, bool fenced)
{
    const char *reason = server_lock_reason(server);
    bool ours = reason && strstr(reason, j->move_id);
    add(j, "server", server, LEFT_TELL,
        "the source of a move that this database does not know: %s, %s%s%s",
        jstr(server, "status", "?"), fenced ? "locked by it: " : "claimed by it",
        fenced && ours ? reason : "", fenced ? "" : ", not locked by it");
}

static void judge_lost_source(const struct judge *j)
{
    size_t i;
    json_t *server;
    const json_t *claimed = list(j, "claimed"), *fenced = list(j, "fenced");
    struct strv told = {0};
    json_array_foreach(fenced, i, server)
    {
        judge_held_source(j, server, true);
        strv_add(&told, id_of(server));
    }
    json_array_foreach(claimed, i, server)
    {
        if (!strv_has(&told, id_of(server)))
            judge_held_source(j, server, false);
    }
    strv_clear(&told);
}

/* What the seal says of where its source has moved. NULL: nothing; lends. */
static const char *sealed_target(const struct judge *j)
{
    static const char words[] = " moved to ";
    const json_t *source = json_array_get(list(j, "fenced"), 0);
    const char *reason = source ? server_lock_reason(source) : NULL;
    const char *at = reason ? strstr(reason, words) : NULL;
    return at && text_is_uuid(at + sizeof(words) - 1) ? at + sizeof(words) - 1 : NULL;
}

static void judge_lost_target(const struct judge *j, const json_t *server)
{
    const char *no_proof = why_no_proof(j);
    const json_t *source = held_source(j);
    if (source)
        add(j, "server", server, LEFT_TELL,
            "the target of a move that this database does not know: %s; its source is %s",
            jstr(server, "status", "?"), id_of(source));
    else if (no_proof)
        add(j, "server", server, LEFT_TELL,
            "the target of a move that this database "
            "does not know, and %s",
            no_proof);
    else
        add_marks(j, server, "target",
                  "the mark of a move that this database does not know, and that holds "
                  "no source any more");
}

static void judge_lost_image(const struct judge *j, const json_t *image)
{
    static const char unknown[] = "of a move that this database does not know";
    const char *source_id = jstr(image, "instance_uuid", "?"),
               *no_proof = why_no_proof(j);
    const json_t *source = inventory_server(j->inv, source_id), *held = held_source(j);
    const char *user = jstr(j->inv->bases, id_of(image), NULL);
    if (held)
        add(j, "image", image, LEFT_TELL, "%s, and that still holds its source %s",
            unknown, id_of(held));
    else if (no_proof)
        add(j, "image", image, LEFT_TELL, "%s, and %s", unknown, no_proof);
    else if (user)
        add(j, "image", image, LEFT_TELL,
            "%s; server %s was booted from it, and its rebuild or the evacuation of its "
            "host needs it",
            unknown, user);
    else if (!is_sound(source))
        add(j, "image", image, LEFT_TELL,
            "%s; its source %s is %s: it may be the last copy", unknown, source_id,
            source ? jstr(source, "status", "?") : "gone");
    else if (server_is_locked(source) && !j->inv->shows_reason)
        add(j, "image", image, LEFT_TELL,
            "%s; its source %s is locked, and this compute service does not tell by whom",
            unknown, source_id);
    else
        add(j, "image", image, LEFT_DELETE_IMAGE,
            "the snapshot %s; its source %s is free, and no server was booted from it",
            unknown, source_id);
}

static void judge_lost_port(const struct judge *j, const json_t *port)
{
    static const char unknown[] = "a port of a move that this database does not know";
    const char *device = jstr(port, "device_id", ""), *no_proof = why_no_proof(j);
    if (*device)
        add(j, "port", port, LEFT_TELL, "%s; it hangs on %s", unknown, device);
    else if (held_source(j))
        add(j, "port", port, LEFT_TELL, "%s, and that still holds its source %s", unknown,
            id_of(held_source(j)));
    else if (no_proof)
        add(j, "port", port, LEFT_TELL, "%s, and %s", unknown, no_proof);
    else
        add(j, "port", port, LEFT_DELETE_PORT, "%s, and that holds no source any more",
            unknown);
}

/* A name is no proof where data are at stake. */
static void judge_lost_volume(const struct judge *j, const json_t *volume)
{
    add(j, "volume", volume, LEFT_TELL,
        "a volume of a move that this database does not know, %s: what it holds, only a "
        "person can tell",
        jstr(volume, "status", "?"));
}

static void judge_lost_upload(const struct judge *j, const json_t *image)
{
    add(j, "image", image, LEFT_TELL,
        "the image of a volume, of a move that this database does not know: only a "
        "person "
        "can tell whether it is needed");
}

static void judge_lost(const struct judge *j)
{
    size_t i;
    json_t *doc;
    const json_t *sealed = inventory_server(j->inv, sealed_target(j));
    bool told = false;
    judge_lost_source(j);
    json_array_foreach(list(j, "targets"), i, doc)
    {
        told = told || doc == sealed;
        judge_lost_target(j, doc);
    }
    if (sealed && !told)
        judge_lost_target(j, sealed);
    json_array_foreach(list(j, "images"), i, doc) judge_lost_image(j, doc);
    json_array_foreach(list(j, "uploads"), i, doc) judge_lost_upload(j, doc);
    json_array_foreach(list(j, "ports"), i, doc) judge_lost_port(j, doc);
    json_array_foreach(list(j, "volumes"), i, doc) judge_lost_volume(j, doc);
}

/* ---- */

static bool is_over(enum move_state state)
{
    return state == MOVE_COMMITTED || state == MOVE_UNDONE || state == MOVE_SKIPPED ||
           state == MOVE_FAILED;
}

static void judge_over(const struct judge *j)
{
    size_t i;
    json_t *doc;
    json_array_foreach(list(j, "claimed"), i, doc) judge_claim(j, doc);
    json_array_foreach(list(j, "fenced"), i, doc) judge_fence(j, doc);
    json_array_foreach(list(j, "targets"), i, doc) judge_target(j, doc);
    json_array_foreach(list(j, "images"), i, doc) judge_known_image(j, doc);
    json_array_foreach(list(j, "uploads"), i, doc) judge_known_upload(j, doc);
    json_array_foreach(list(j, "ports"), i, doc) judge_known_port(j, doc);
    json_array_foreach(list(j, "volumes"), i, doc) judge_known_volume(j, doc);
}

static void keep_all(const struct judge *j, size_t from, const char *why)
{
    for (size_t i = from; i < j->ret->len; i++)
        leftover_keep(j->ret->at[i], why);
}

void leftover_judge(const struct inventory *inv, const char *move_id, const json_t *trace,
                    const struct known_move *known, struct vec *ret)
{
    const struct judge j = {inv, move_id, trace, known, ret};
    size_t before = ret->len;
    if (!known->is_known) {
        judge_lost(&j);
    } else if (known->state == MOVE_STATE_MAX) {
        judge_over(&j);
        keep_all(&j, before, "its move is in a state that this version does not know");
    } else if (is_over(known->state)) {
        judge_over(&j);
        if (!known->is_here)
            keep_all(&j, before, "its move was recorded for another cloud or project");
    }
}

/* ---- what is asked for ---- */

static const json_t *find(const json_t *docs, const char *id)
{
    size_t i;
    json_t *doc;
    json_array_foreach(docs, i, doc)
    {
        if (text_eq(jstr(doc, "id", NULL), id))
            return doc;
    }
    return NULL;
}

char *leftover_next(const struct inventory *inv, const struct leftover *l,
                    struct leftover_request *ret)
{
    const json_t *image = find(inv->images, l->id), *volume = find(inv->volumes, l->id);
    const char *task = server_task(find(inv->servers, l->id));
    ret->leftover = l;
    ret->unprotect = l->act == LEFT_DELETE_IMAGE && jbool(image, "protected", false);
    if (l->act == LEFT_DELETE_SERVER && task && strstr(task, "deleting"))
        return NULL;
    if (l->act == LEFT_DELETE_VOLUME && text_eq(jstr(volume, "status", ""), "deleting"))
        return NULL;
    AUTO_FREE char *what = leftover_words(l);
    return xasprintf("%s %s",
                     ret->unprotect          ? "unprotecting"
                     : l->act == LEFT_UNLOCK ? "opening"
                                             : "deleting",
                     what);
}

int leftover_service(const struct leftover *l)
{
    switch (l->act) {
    case LEFT_DELETE_IMAGE:
        return SERVICE_IMAGE;
    case LEFT_DELETE_PORT:
        return SERVICE_NETWORK;
    case LEFT_DELETE_VOLUME:
        return SERVICE_VOLUME;
    default:
        return SERVICE_COMPUTE;
    }
}

static void build_image(const struct session *s, struct request *r, const char *id,
                        bool unprotect)
{
    AUTO_JSON json_t *patch =
        json_pack("[{s:s, s:s, s:b}]", "op", "replace", "path", "/protected", "value", 0);
    if (unprotect)
        glance_patch(s, r, id, patch);
    else
        glance_delete(s, r, id);
}

void leftover_build(void *world, void *ctx, struct request *r)
{
    const struct leftover_request *wanted = ctx;
    const struct leftover *l = wanted->leftover;
    const struct session *s = ((struct world *)world)->session;
    switch (l->act) {
    case LEFT_DELETE_SERVER:
        nova_delete(s, r, l->id);
        return;
    case LEFT_DELETE_IMAGE:
        build_image(s, r, l->id, wanted->unprotect);
        return;
    case LEFT_DELETE_PORT:
        neutron_port_delete(s, r, l->id);
        return;
    case LEFT_DELETE_VOLUME:
        cinder_volume_delete(s, r, l->id);
        return;
    case LEFT_DELETE_TAG:
        nova_delete_tag(s, r, l->id, l->mark);
        return;
    case LEFT_DELETE_METADATA:
        nova_delete_metadata(s, r, l->id, MARK_PROPERTY);
        return;
    case LEFT_UNLOCK:
        nova_unlock(s, r, l->id);
        return;
    case LEFT_TELL:
    case LEFT_ACT_MAX:
        break;
    }
    bug("something was about to be done to %s, which is only told", l->id);
}
