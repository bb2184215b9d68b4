/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP over curl_multi.
 *
 * A GET may be repeated here, by the retry class of its failure, with Retry-After and
 * jitter, on kept-alive connections (HTTP/2 where offered). Anything else is sent once by
 * construction: on a connection of its own (stock libcurl sends a POST again by itself
 * when a reused connection dies without a byte), no redirect, no retry. Redirects are
 * never followed: a token must not travel to another host; a 3xx is an ordinary reply.
 * Nothing mutating waits inside curl: http_has_room() is asked before the intent is
 * saved.
 *
 * Callbacks run from http_drain() only, never from inside curl. One client per loop. A
 * turn: http_drain, (the caller judges and sends), http_push, loop_wait until the nearer
 * of the caller's own deadline and http_next_due.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>

#include "base/err.h"
#include "net/loop.h"
#include "net/request.h"

struct http;

struct http_options {
    bool insecure;            /* no TLS verification */
    const char *cacert;       /* file of authorities; NULL: the system's */
    const char *cert, *key;   /* client certificate; NULL: none */
    double connect_timeout_s; /* 0: 10 */
    double timeout_s;         /* whole request; 0: 60 */
    size_t max_reply;         /* bytes; 0: 64 MiB */
    int max_parallel;         /* requests on the wire at once; 0: 16 */
    int read_tries;           /* of a GET, at most; 0: 4 */
    double rate[8];           /* requests a second by request.service; 0: no limit */
};

/* Lent for the call. reply->fate tells what is certain. */
typedef void http_done_fn(void *ctx, const struct request *req, struct reply *reply);

struct http *http_new(struct loop *loop, const struct http_options *options,
                      struct err *err);
void http_free(struct http *http); /* requests on the wire are given up, no callback */
/* TLS settings may be set once more before the first request (they come from
 * clouds.yaml). */
bool http_configure(struct http *http, const struct http_options *options,
                    struct err *err);

/* Is there a free slot and a free token of the service's rate for a mutation right now?
 * *ret_wait_s (may be NULL) tells after how many seconds to ask again otherwise. Each
 * mutation takes one of both: ask before each. */
bool http_has_room(const struct http *http, int service, double *ret_wait_s);
/* Takes what *req holds. `done` is called exactly once, from http_drain(), unless the
 * client is freed before; it may send, not free the client. Reads queue inside; mutations
 * are handed to curl at once. Both are on the wire after http_push(). */
void http_send(struct http *http, struct request *req, http_done_fn *done, void *ctx);
/* Runs curl, calls back for everything that has finished. Returns how many callbacks. */
int http_drain(struct http *http);
/* Moves queued and retried reads onto the wire; call before waiting. */
void http_push(struct http *http);
/* When http_push() or http_drain() has something to do again, whatever the sockets say
 * (clock_mono()), or < 0. Ask after http_push(). */
double http_next_due(const struct http *http);
int http_in_flight(const struct http *http); /* on the wire or queued */
int http_on_wire(const struct http *http);   /* of these, in curl's hands */
int http_mutations_in_flight(const struct http *http);
unsigned long http_seq(const struct http *http); /* the last sequence number given */

/* requests counts each try; mutations and retries (of reads) are among them. */
struct http_counts {
    unsigned long requests, mutations, retries;
};
struct http_counts http_counts(const struct http *http);

#endif
