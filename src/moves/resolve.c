/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the servers that a user names: by id, or by an exact name. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "cloud/nova.h"
#include "moves/kinds.h"
#include "moves/registry.h"

#define LISTED_AT_MOST 10
#define PAGES_MAX      1000
#define NAME_MAX_CHARS 255 /* Nova's own bound; what is longer is an attack */

struct question {
    const char *word, *page;
};

static void build_by_id(void *world, void *ctx, struct request *r)
{
    const struct question *q = ctx;
    nova_server(((struct world *)world)->session, r, q->word);
}

static void build_by_name(void *world, void *ctx, struct request *r)
{
    const struct question *q = ctx;
    nova_servers_by_name(((struct world *)world)->session, r, q->word, q->page);
}

void found_server_free(void *p)
{
    struct found_server *f = p;
    if (!f)
        return;
    xreplace(&f->id, NULL);
    xreplace(&f->name, NULL);
    mem_auto_free(&f);
}

/* The same server named twice is one server. */
static void add_found(struct vec *ret, const json_t *server)
{
    const char *id = jstr(server, "id", "");
    for (size_t i = 0; i < ret->len; i++) {
        const struct found_server *known = ret->at[i];
        if (text_eq(known->id, id))
            return;
    }
    struct found_server *f = xcalloc(1, sizeof(*f));
    const char *name = jstr(server, "name", NULL);
    f->id = xstrdup(id);
    f->name = name ? xstrndup(name, text_prefix(name, NAME_MAX_CHARS)) : NULL;
    vec_add(ret, f);
}

static bool find_by_id(struct engine *e, const char *word, struct vec *ret,
                       bool *ret_found, struct err *err)
{
    struct question q = {.word = word};
    struct err why = {0};
    AUTO_JSON json_t *body = NULL;
    if (!engine_read(e, SERVICE_COMPUTE, build_by_id, &q, &body, &why)) {
        if (why.code == ERR_NOTFOUND) {
            *ret_found = false;
            return true;
        }
        *err = why;
        return false;
    }
    const json_t *server = jget(body, "server");
    if (!*jstr(server, "id", ""))
        return err_set(err, ERR_PROTOCOL, "compute gave no server for %s", word);
    add_found(ret, server);
    *ret_found = true;
    return true;
}

/* Nova's filter is a regular expression of its database, which may ignore letter case:
 * what counts is our own comparison. */
static bool list_by_name(struct engine *e, const char *word, json_t *matches,
                         struct err *err)
{
    AUTO_FREE char *page = NULL;
    for (int pages = 0; pages < PAGES_MAX; pages++) {
        struct question q = {word, page};
        AUTO_JSON json_t *body = NULL;
        if (!engine_read(e, SERVICE_COMPUTE, build_by_name, &q, &body, err))
            return false;
        size_t i;
        json_t *server;
        json_array_foreach(jget(body, "servers"), i, server)
        {
            if (text_eq(jstr(server, "name", NULL), word) && *jstr(server, "id", ""))
                json_array_append(matches, server);
        }
        char *next = kind_servers_by_name.next_page(body);
        bool more = next != NULL, again = more && text_eq(next, page);
        xreplace(&page, next);
        mem_auto_free(&next);
        if (!more)
            return true;
        if (again)
            break;
    }
    return err_set(
        err, ERR_PROTOCOL,
        "compute does not end its list of servers: the same page again, or more "
        "than %d",
        PAGES_MAX);
}

static bool several(const char *word, const json_t *matches, struct err *err)
{
    struct strv ids = {0};
    for (size_t i = 0; i < json_array_size(matches) && i < LISTED_AT_MOST; i++)
        strv_add(&ids, jstr(json_array_get(matches, i), "id", ""));
    AUTO_FREE char *list = strv_join(&ids, ", ");
    AUTO_FREE char *shown = text_printable(word, 80);
    strv_clear(&ids);
    return err_set(err, ERR_AMBIGUOUS, "%zu servers are named '%s': %s%s",
                   json_array_size(matches), shown, list,
                   json_array_size(matches) > LISTED_AT_MOST ? ", ..." : "");
}

bool server_resolve(struct engine *e, const char *word, struct vec *ret, struct err *err)
{
    bool found = false;
    if (text_is_uuid(word) && !find_by_id(e, word, ret, &found, err))
        return false;
    if (found)
        return true;
    AUTO_JSON json_t *matches = json_array();
    if (!list_by_name(e, word, matches, err))
        return false;
    if (json_array_size(matches) > 1)
        return several(word, matches, err);
    if (json_array_size(matches) == 0) {
        AUTO_FREE char *shown = text_printable(word, 80);
        return err_set(err, ERR_NOTFOUND, "no server has the name%s '%s' in this project",
                       text_is_uuid(word) ? " or id" : "", shown);
    }
    add_found(ret, json_array_get(matches, 0));
    return true;
}
