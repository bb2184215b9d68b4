/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is provably ours and nobody needs any more: the judgement behind clean.
 *
 * traces_of() sorts what an inventory holds by the moves whose marks it bears.
 * leftover_judge() says of one move's things what may be deleted and what is only told,
 * and why; of a move that is open in this database nothing is said: its things have an
 * owner. Pure: documents and rows in, findings out, so that the same function judges the
 * lists that find a thing and the fresh look that allows its end.
 */
#ifndef MOVES_LEFTOVER_H
#define MOVES_LEFTOVER_H

#include <jansson.h>
#include <stdbool.h>

#include "base/vec.h"
#include "flow/move.h"
#include "moves/inventory.h"

/* What the database knows of a move. */
struct known_move {
    bool is_known;               /* false: nothing, and the rest is empty */
    bool is_here;                /* it was recorded for this cloud and project */
    enum move_state state;       /* MOVE_STATE_MAX: one that this binary does not know */
    char *source_id, *target_id; /* owned; target_id NULL: none */
    char *image;                 /* id of its snapshot; NULL: never known */
    char *ports;                 /* FACT_PORTS: ids of its NICs' ports; NULL: none */
    bool keeps_image;            /* commit --keep-image */
    bool was_locked;             /* the source was, before the move */
};
void known_move_clear(struct known_move *known);

/* In the order in which they are done: what needs another thing goes before it, a lock
 * before metadata (which it guards), and marks last, because they find the rest again. */
enum leftover_act {
    LEFT_TELL, /* nothing is done: told, and why */
    LEFT_DELETE_SERVER,
    LEFT_DELETE_PORT,
    LEFT_DELETE_VOLUME,
    LEFT_DELETE_IMAGE,
    LEFT_UNLOCK,
    LEFT_DELETE_TAG,
    LEFT_DELETE_METADATA,
    LEFT_ACT_MAX
};
struct leftover {
    const char *kind; /* server image port volume tag metadata lock */
    char *id, *name;  /* of a tag, metadata or lock: its server's */
    char *move_id, *why;
    char *mark; /* the tag; NULL: no tag */
    enum leftover_act act;
};
void leftover_free(void *leftover);
bool leftover_same(const struct leftover *a, const struct leftover *b);
/* {kind, id, name, move_id, why}; gives a new reference. */
json_t *leftover_json(const struct leftover *l);
/* "the image rezone-... (id)", printable; gives. */
char *leftover_words(const struct leftover *l);
/* Turns what may be deleted into what is only told. */
void leftover_keep(struct leftover *l, const char *why);

/* {move id: {"claimed": [server], "fenced": [...], "targets": [...], "images": [...],
 * "uploads": [image], "ports": [...], "volumes": [...]}}, a key only where there is
 * something. Gives. */
json_t *traces_of(const struct inventory *inv);
/* Adds findings (struct leftover *, given) of the move. trace: its member of traces_of(),
 * borrowed; NULL: nothing bears its marks. */
void leftover_judge(const struct inventory *inv, const char *move_id, const json_t *trace,
                    const struct known_move *known, struct vec *ret);
/* Whatever leftover_judge() needs to judge the move by single looks. */
void leftover_ids(const json_t *trace, const struct known_move *known,
                  struct inventory_ids *ret);

/*
 * The next request that this one needs, as the inventory shows it now: a protected image
 * is unprotected first. Gives its name for the journal ("deleting image ..."), or NULL:
 * it is on its way out already.
 */
struct leftover_request {
    const struct leftover *leftover;
    bool unprotect;
};
char *leftover_next(const struct inventory *inv, const struct leftover *l,
                    struct leftover_request *ret);
int leftover_service(const struct leftover *l);
/* A build_fn; ctx: struct leftover_request. */
void leftover_build(void *world, void *ctx, struct request *r);

/* What a person can do about a move that this database does not know, a line each: which
 * server is its source, which its target, and the commands to type. Nothing is added when
 * no server bears its marks. */
void leftover_advice(const struct inventory *inv, const char *move_id,
                     const json_t *trace, struct strv *ret);

#endif
