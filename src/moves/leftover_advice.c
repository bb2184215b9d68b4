/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person can do about a move whose record is lost: which server is the source,
 * which the target, and the commands for each way out. Ids only in the commands, so that
 * nothing of a stranger is pasted into a shell.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "moves/leftover.h"
#include "moves/marks.h"
#include "moves/steps.h"

struct advice {
    const char *move_id;
    const json_t *source, *target, *image; /* NULL: none */
    bool fenced, sealed;
    struct strv *ret;
};

static void line(const struct advice *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void line(const struct advice *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    strv_take(a->ret, xvasprintf(fmt, ap));
    va_end(ap);
}

static const char *id_of(const json_t *doc)
{
    return jstr(doc, "id", "?");
}

/* "name (id), STATUS" as it may be printed; gives. */
static char *shown(const json_t *doc)
{
    AUTO_FREE char *name = text_printable(jstr(doc, "name", ""), 255);
    AUTO_FREE char *id = text_printable(id_of(doc), 64);
    AUTO_FREE char *status = text_printable(jstr(doc, "status", "?"), 32);
    return xasprintf("%s (%s), %s", name, id, status);
}

static void say_server(const struct advice *a, const char *what, const json_t *server,
                       const char *more)
{
    AUTO_FREE char *words = shown(server);
    AUTO_FREE char *zone = text_printable(server_zone(server), 80);
    line(a, "  %s: %s, in zone %s%s", what, words, zone, more);
}

/* The command that takes our mark off, whichever it is. */
static void unmark(const struct advice *a, const json_t *server, const char *role)
{
    AUTO_FREE char *value = xasprintf("%s:%s", a->move_id, role);
    if (text_eq(jstr(jget(server, "metadata"), MARK_PROPERTY, NULL), value))
        line(a, "    openstack server unset --property %s %s", MARK_PROPERTY,
             id_of(server));
    size_t i;
    json_t *tag;
    json_array_foreach(json_object_get(server, "tags"), i, tag)
    {
        const char *text = json_string_value(tag);
        if (text_starts(text, "rezone:") && text_eq(text + strlen("rezone:"), value))
            line(a, "    openstack server unset --tag %s %s", text, id_of(server));
    }
}

static void drop_image(const struct advice *a)
{
    if (!a->image)
        return;
    if (jbool(a->image, "protected", false))
        line(a, "    openstack image set --unprotected %s", id_of(a->image));
    line(a, "    openstack image delete %s", id_of(a->image));
}

/* Of a sealed source: the name before "-moved-<8>"; NULL: it has its own; gives. Names
 * that a shell could read otherwise are left for a person to spell. */
static char *own_name(const struct advice *a)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const char *name = jstr(a->source, "name", "");
    AUTO_FREE char *end = xasprintf("-moved-%.8s", a->move_id);
    if (!text_ends(name, end))
        return NULL;
    size_t kept = strlen(name) - strlen(end);
    if (kept == 0 || name[0] == '-' || strspn(name, plain) != strlen(name))
        return xstrdup("NAME");
    return xstrndup(name, kept);
}

/* Whose lock it is shows from 2.73 on, and that there is one from 2.9 on. */
static void unlock(const struct advice *a)
{
    if (a->fenced || jbool(a->source, "locked", true))
        line(a, "    openstack server unlock %s", id_of(a->source));
}

static void free_source(const struct advice *a)
{
    AUTO_FREE char *name = own_name(a);
    unlock(a);
    if (name)
        line(a, "    openstack server set --name %s %s", name, id_of(a->source));
    unmark(a, a->source, "source");
    if (text_eq(jstr(a->source, "status", NULL), "SHUTOFF"))
        line(a, "    openstack server start %s   (if it ran before the move)",
             id_of(a->source));
}

static void advise_both(const struct advice *a)
{
    if (a->sealed)
        line(a, "  The target was compared and found whole. To keep it:");
    else
        line(a, "  The target was not compared to its end. To keep it, once you have "
                "seen that it is whole:");
    unmark(a, a->target, "target");
    unlock(a);
    line(a, "    openstack server delete %s", id_of(a->source));
    drop_image(a);
    line(a, "  To go back to the source (what the target wrote is lost):");
    line(a, "    openstack server delete --wait %s", id_of(a->target));
    drop_image(a);
    free_source(a);
}

static void advise_source(const struct advice *a)
{
    line(a, "  No target is to be seen. To go back to the source:");
    drop_image(a);
    free_source(a);
}

static const json_t *find_source(const json_t *trace)
{
    const json_t *fenced = json_array_get(json_object_get(trace, "fenced"), 0);
    return fenced ? fenced : json_array_get(json_object_get(trace, "claimed"), 0);
}

static const json_t *find_target(const struct inventory *inv, const json_t *trace,
                                 const char *reason, bool *ret_sealed)
{
    static const char words[] = " moved to ";
    const char *at = reason ? strstr(reason, words) : NULL;
    const json_t *named = at ? inventory_server(inv, at + strlen(words)) : NULL;
    *ret_sealed = named != NULL;
    return named ? named : json_array_get(json_object_get(trace, "targets"), 0);
}

static void say_image(const struct advice *a)
{
    if (!a->image)
        return;
    AUTO_FREE char *words = shown(a->image);
    line(a, "  image:  %s", words);
}

void leftover_advice(const struct inventory *inv, const char *move_id,
                     const json_t *trace, struct strv *ret)
{
    struct advice a = {.move_id = move_id, .ret = ret};
    a.source = find_source(trace);
    a.fenced = json_array_size(json_object_get(trace, "fenced")) > 0;
    a.target = find_target(inv, trace, a.fenced ? server_lock_reason(a.source) : NULL,
                           &a.sealed);
    a.image = json_array_get(json_object_get(trace, "images"), 0);
    if (!a.source)
        return;
    line(&a,
         "move %s is not in this database. If another database (--state) or another "
         "machine has it, go on there: rezone resume %s. Else by hand:",
         move_id, move_id);
    say_server(&a, "source", a.source,
               a.sealed   ? ", locked by the move, moved to the target"
               : a.fenced ? ", locked by the move"
                          : ", claimed by the move");
    if (a.target)
        say_server(&a, "target", a.target, "");
    say_image(&a);
    if (json_array_size(json_object_get(trace, "targets")) > 1)
        line(&a, "  Several servers bear the mark of its target: look at each of them "
                 "first.");
    if (a.target)
        advise_both(&a);
    else
        advise_source(&a);
}
