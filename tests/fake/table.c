/* SPDX-License-Identifier: Apache-2.0 */
/* A table of rows by id that remembers the order in which they came. */
#include "table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

static uint32_t hash(const char *s)
{
    uint32_t h = 2166136261U;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 16777619U;
    return h;
}

void table_init(struct table *t)
{
    *t = (struct table){.n_slots = 256};
    t->slots = xcalloc(t->n_slots, sizeof(struct row *));
}

void table_clear(struct table *t, void (*free_data)(void *))
{
    for (struct row *r = t->oldest, *next; r; r = next) {
        next = r->newer;
        if (free_data)
            free_data(r->data);
        free(r->id);
        free(r);
    }
    free(t->slots);
    *t = (struct table){0};
}

struct row *table_row(const struct table *t, const char *id)
{
    struct row *r = t->slots[hash(id) & (t->n_slots - 1)];
    while (r && strcmp(r->id, id) != 0)
        r = r->chain;
    return r;
}

void *table_get(const struct table *t, const char *id)
{
    struct row *r = id ? table_row(t, id) : NULL;
    return r ? r->data : NULL;
}

static void grow(struct table *t)
{
    free(t->slots);
    t->n_slots *= 4;
    t->slots = xcalloc(t->n_slots, sizeof(struct row *));
    for (struct row *r = t->oldest; r; r = r->newer) {
        struct row **slot = &t->slots[hash(r->id) & (t->n_slots - 1)];
        r->chain = *slot;
        *slot = r;
    }
}

void table_put(struct table *t, const char *id, void *data)
{
    struct row *r = table_row(t, id);
    if (r) {
        r->data = data;
        return;
    }
    r = xcalloc(1, sizeof(*r));
    r->id = xstrdup(id);
    r->data = data;
    r->older = t->newest;
    if (t->newest)
        t->newest->newer = r;
    else
        t->oldest = r;
    t->newest = r;
    struct row **slot = &t->slots[hash(id) & (t->n_slots - 1)];
    r->chain = *slot;
    *slot = r;
    if (++t->n > t->n_slots * 2)
        grow(t);
}

void *table_take(struct table *t, const char *id)
{
    struct row **at = &t->slots[hash(id) & (t->n_slots - 1)];
    while (*at && strcmp((*at)->id, id) != 0)
        at = &(*at)->chain;
    struct row *r = *at;
    if (!r)
        return NULL;
    *at = r->chain;
    if (r->older)
        r->older->newer = r->newer;
    else
        t->oldest = r->newer;
    if (r->newer)
        r->newer->older = r->older;
    else
        t->newest = r->older;
    void *data = r->data;
    free(r->id);
    free(r);
    t->n--;
    return data;
}
