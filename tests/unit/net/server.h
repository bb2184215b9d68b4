/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scripted HTTP/1.1 server for the tests of net: a thread that accepts, and one for
 * each connection. It reads whole requests, counts them, and lets the test's function
 * answer in raw bytes or not at all. With a certificate it speaks TLS.
 */
#ifndef TESTS_NET_SERVER_H
#define TESTS_NET_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct server;

struct peer; /* the connection that a request came on */

struct server_request {
    char method[16], path[256];
    char *head; /* all header lines, request line first */
    char *body;
    size_t body_len;
    int conn; /* number of the connection, from 1 */
    int nth;  /* number of the request on it, from 1 */
    int hit;  /* number of the request with this method and path, from 1 */
    bool tls_resumed;
};

/* Answers with peer_*(). Returns whether the connection is kept. Runs in a thread. */
typedef bool server_fn(void *ctx, struct peer *peer, const struct server_request *req);

struct server *server_new(server_fn *answer, void *ctx);
/* PEM files; they are read at once. */
struct server *server_new_tls(server_fn *answer, void *ctx, const char *cert,
                              const char *key);
void server_free(struct server *server); /* ends all its threads */
int server_port(const struct server *server);
char *server_url(const struct server *server, const char *path); /* gives */
/* How often method and path were asked for (NULL: any). */
int server_hits(struct server *server, const char *method, const char *path);
int server_connections(struct server *server);
/* Waits until `n` requests were read whole; false after ten seconds. */
bool server_await(struct server *server, int n);
/* Lets every peer_hold() return, now and from now on. */
void server_release(struct server *server);

void peer_send(struct peer *peer, const char *bytes);
/* "HTTP/1.1 <status line>", Content-Length, the header lines (each with \r\n), the body.
 */
void peer_reply(struct peer *peer, const char *status, const char *headers,
                const char *body);
void peer_hold(struct peer *peer);  /* until server_release() or server_free() */
void peer_reset(struct peer *peer); /* the close that follows is an RST */

/* A port of this machine where nobody listens. */
int server_dead_port(void);

#endif
