/* SPDX-License-Identifier: Apache-2.0 */
/* The web server: one thread, connections that can wait, replies that can break off. */
#ifndef FAKE_WEB_H
#define FAKE_WEB_H

#include "cloud.h"

struct web;

struct web_options {
    int port;                       /* 0: any */
    const char *url;                /* base of links; NULL: from the Host header */
    const char *tls_cert, *tls_key; /* PEM texts; NULL: plain HTTP */
};

/* Listens on 127.0.0.1; NULL when it cannot. */
struct web *web_new(struct cloud *cl, const struct web_options *options);
void web_free(struct web *web);
int web_port(const struct web *web);
/* The descriptor that is readable when web_run() has work. */
int web_fd(const struct web *web);
/* Serves what is ready; never waits. */
void web_run(struct web *web);
/* Milliseconds until web_run() must be called although nothing is readable; -1: never. */
int web_timeout_ms(const struct web *web);

#endif
