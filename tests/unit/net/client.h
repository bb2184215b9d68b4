/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loop and a client for the tests of net, and a turn of the loop that also works on a
 * test's clock: where the real one would be waited for, it is put forward.
 */
#ifndef TESTS_NET_CLIENT_H
#define TESTS_NET_CLIENT_H

#include "net/http.h"

struct client {
    struct loop *loop;
    struct http *http;
};

void client_open(struct client *c, const struct http_options *options);
void client_close(struct client *c);
/* One turn. The process dies of SIGALRM twenty seconds after client_open(). */
void client_turn(struct client *c);
/* Sends and waits; gives the reply (reply_clear it). Takes *req. */
struct reply client_ask(struct client *c, struct request *req);
/* The same for a method, a URL (taken) and a body (copied, may be NULL). */
struct reply client_call(struct client *c, const char *method, char *url,
                         const char *body);

#endif
