/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is sent and what comes back: values, without any socket. This header is all that
 * the dialect (cloud) and the knowledge (moves) see of the network.
 *
 * Calling order: request_init, fill in with request_* , give to http_send (which takes
 * it); the reply is lent to the done callback. reply_clear frees what reply owns.
 */
#ifndef NET_REQUEST_H
#define NET_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/vec.h"

/*
 * Looks at what is no service of the cloud have methods of their own. CONNECT: is there
 * somebody at this address (of an http URL)? Nothing is sent, and a connection is a 200.
 * RUN: the command in `body` (as base/text_words.h takes it apart), with `headers` in its
 * environment ("NAME: value"), for timeout_s at most; ending with 0 is a 200. Anything
 * else than that leaves REPLY_UNKNOWN with err, or REPLY_NOT_SENT (ERR_NOTFOUND) for a
 * command that cannot be run. Both may be repeated, and are repeated by nobody here.
 */
struct request {
    char method[8];      /* GET, HEAD, POST, PUT, PATCH, DELETE, CONNECT, RUN */
    char *url;           /* absolute; owned */
    struct strv headers; /* "Name: value" */
    char *body;          /* owned; NULL: none */
    size_t body_len;
    bool secret_body;  /* never shown by --debug, not even redacted (credentials) */
    bool once;         /* a read that is not repeated, on a connection of its own, past
                        * any proxy: it asks whether somebody answers, now */
    bool expect_quiet; /* a 404 is an ordinary answer here: no debug noise */
    double timeout_s;  /* whole request; 0: the client's default */
    size_t max_reply;  /* bytes of body; 0: the client's default */
    int service;       /* the caller's number of the service, for limits and parking */
};

/* How far the request certainly got. */
enum reply_fate {
    REPLY_HTTP,     /* an HTTP status came back (the body may be cut: see body_cut) */
    REPLY_NOT_SENT, /* resolve, connect or TLS failed: provably no byte of it left (curl
                     * never came to the point of writing the request) */
    REPLY_UNKNOWN   /* sent or partly sent, and no answer: it may have been acted on */
};

struct reply {
    enum reply_fate fate;
    int status; /* 0 unless REPLY_HTTP */
    char *body; /* NUL-terminated; "" at least; owned */
    size_t body_len;
    bool body_cut;        /* the connection ended or the cap was passed within the body */
    char request_id[64];  /* X-Compute-Request-Id, X-OpenStack-Request-ID; "" */
    struct strv headers;  /* as received, "Name: value" */
    double retry_after_s; /* from Retry-After, an hour at most; -1: none */
    double date;          /* the service's own clock from Date, wall seconds; 0: none */
    /* Order of sending and finishing in this process; of a read that was repeated: of the
     * last try, the one that was answered. */
    unsigned long sent_seq, done_seq;
    double sent_at, took_s; /* clock_mono(), seconds */
    struct err err; /* set unless a whole HTTP reply came: what the transport said */
};

void request_init(struct request *r, const char *method, const char *url);
void request_clear(struct request *r);
/* Moves everything out of *r, which is empty afterwards. */
struct request request_steal(struct request *r);
/* Replaces a header of that name (any case); value NULL only removes it. Line ends and
 * other control characters in the value become blanks. */
void request_header(struct request *r, const char *name, const char *value);
/* Takes body (NUL-terminated) and sets the content type unless NULL. */
void request_body(struct request *r, char *body, const char *content_type);
bool request_is_read(const struct request *r); /* GET, HEAD, CONNECT, RUN */

void reply_clear(struct reply *r);
/* Lends the value of a header (any case), or NULL. */
const char *reply_header(const struct reply *r, const char *name);
bool reply_is_ok(const struct reply *r); /* an HTTP status 2xx, body whole */
/* A 2xx, whatever became of the body: what was asked for was taken on. */
bool reply_is_accepted(const struct reply *r);
/* "Not now": 429, 408, and a 413 that says when. Without a time 413 is a definite no. */
bool reply_is_later(const struct reply *r);

#endif
