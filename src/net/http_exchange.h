/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request on its way, inside net: from the value that was given to http_send() to the
 * reply that its callback is lent.
 *
 * exchange_new, then for each try exchange_start (a curl handle, ready to be added to the
 * multi) and exchange_end (the handle is gone, x->reply is filled in), at last
 * exchange_free.
 */
#ifndef NET_HTTP_EXCHANGE_H
#define NET_HTTP_EXCHANGE_H

#include <stdbool.h>

#include <curl/curl.h>

#include "base/text.h"
#include "net/child.h"
#include "net/http.h"

/* http_options with every default put in and its strings owned. */
struct http_settings {
    struct http_options o;
    char *cacert, *cert, *key;
    CURLSH *share; /* TLS sessions: a fresh connection need not shake hands in full */
};

struct exchange {
    struct request req;
    http_done_fn *done;
    void *ctx;
    int tries;
    double due; /* a read does not start before (clock_mono()) */
    struct reply reply;

    CURL *easy;          /* from exchange_start to exchange_end */
    struct child *child; /* of RUN: from exchange_run to its end */
    struct curl_slist *slist;
    struct text body;
    size_t header_bytes;
    size_t brackets, commas; /* in the body so far */
    struct strv headers;
    int written;    /* how often curl came to the point of writing the request */
    bool head_done; /* the empty line after the headers came */
    bool too_long;  /* the body or the headers passed a cap */
    char words[CURL_ERROR_SIZE];
};

/* Takes what *req holds. */
struct exchange *exchange_new(struct request *req, http_done_fn *done, void *ctx);
/* Sets up x->easy for one try. False: curl refused a setting, and x->reply says so. */
bool exchange_start(struct exchange *x, const struct http_settings *settings);
/* Fills in x->reply from how the transfer ended and drops the handle, which the caller
 * has taken out of the multi. */
void exchange_end(struct exchange *x, const struct http_settings *settings,
                  CURLcode code);
void exchange_free(struct exchange *x); /* NULL is allowed */

/* http_run.c: RUN. False: it cannot be run, and x->reply says so. */
bool exchange_run(struct exchange *x, struct loop *loop);
/* Is it over? Then x->reply is filled in. */
bool exchange_has_run(struct exchange *x);

/* http_reply.c: fate, status, headers and error of an ended transfer. */
void exchange_judge(struct exchange *x, const struct http_settings *settings,
                    CURLcode code);

#endif
