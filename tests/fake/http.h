/* SPDX-License-Identifier: Apache-2.0 */
/* A request as a service sees it, and the reply that it fills in; no sockets here. */
#ifndef FAKE_HTTP_H
#define FAKE_HTTP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "mem.h"

struct pair {
    char *key, *value;
};

struct pairs {
    struct pair *v;
    size_t n;
};

/* Copies both; a NULL value becomes "". */
void pairs_add(struct pairs *p, const char *key, const char *value);
void pairs_clear(struct pairs *p);
/* Lends the first value of the key (any case), NULL when there is none. */
const char *pairs_get(const struct pairs *p, const char *key);

struct user;
struct project;

/* Who asks, as the token says. */
struct who {
    const struct user *user;
    const struct project *project; /* NULL: unscoped */
    bool admin;
};

enum { PATH_PARTS = 12 };

/* What a fault asks the services to do on the way. */
struct twist {
    const char *snapshot_stop; /* record, task, action, cast, race; NULL: none */
    bool fail_job, stuck;
};

struct request {
    char *method;
    char *path; /* decoded, as the client sent it */
    struct pairs query, headers;
    char *body;
    size_t size;
    json_t *json; /* the body, NULL when it is not JSON */
    char *base;   /* "http://host:port", for links */
    char id[4 + UUID_TEXT];
    struct who who;
    int mv;                 /* minor of the compute or volume microversion */
    char *part[PATH_PARTS]; /* the path below the service, in pieces */
    size_t n_parts;
    struct twist twist;
    bool acted;    /* a service changed the model */
    int down_cell; /* lists leave this cell's servers out; 0: none */
};

void request_init(struct request *rq, const char *method, const char *path);
void request_clear(struct request *rq);
/* Lends a query value or NULL. */
const char *request_query(const struct request *rq, const char *key);
/* Lends a header or NULL. */
const char *request_header(const struct request *rq, const char *key);
/* Cuts the path below `skip` pieces into part[]. */
void request_split(struct request *rq, size_t skip);
/* Adds "a=b&c=d", decoding it. */
void request_add_query(struct request *rq, const char *text);

struct reply {
    int status;
    json_t *json;
    char *text; /* instead of json */
    size_t size;
    const char *type;
    char *page, *detail; /* an error that has no form yet: see page.h */
    struct pairs headers;
};

void reply_clear(struct reply *rp);
/* Takes json (may be NULL: no body). */
void reply_json(struct reply *rp, int status, json_t *json);
void reply_text(struct reply *rp, int status, const char *type, const char *text);
void reply_header(struct reply *rp, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Turns json into text; called once, before the reply is sent. */
void reply_render(struct reply *rp);

#endif
