/* SPDX-License-Identifier: Apache-2.0 */
/* The web server: libmicrohttpd driven from one outer loop, so that the model needs no
 * locks. */
#include "web.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"

struct web {
    struct MHD_Daemon *daemon;
    struct cloud *cl;
    struct web_options options;
    bool stopping, woke;
};

/* A request as it comes in, and its exchange once it is whole. */
struct arrival {
    struct web *web;
    struct MHD_Connection *connection;
    struct exchange *ex;
    size_t cap;
    bool begun, suspended;
};

static enum MHD_Result keep_header(void *ctx, enum MHD_ValueKind kind, const char *key,
                                   const char *value)
{
    (void)kind;
    pairs_add(ctx, key, value);
    return MHD_YES;
}

static bool is_reused(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    unsigned long *count = info ? info->socket_context : NULL;
    return count && (*count)++ > 0;
}

static char *base_of(const struct web *web, const struct request *rq)
{
    if (web->options.url)
        return xstrdup(web->options.url);
    const char *host = request_header(rq, "Host");
    return host ? text_new("%s://%s", web->options.tls_cert ? "https" : "http", host)
                : text_new("http://127.0.0.1:%d", web_port(web));
}

static void wake(struct exchange *ex)
{
    struct arrival *a = ex->owner;
    if (a && a->suspended) {
        a->suspended = false;
        a->web->woke = true;
        MHD_resume_connection(a->connection);
    }
}

static struct arrival *arrival_new(struct web *web, struct MHD_Connection *c,
                                   const char *url, const char *method)
{
    struct arrival *a = xcalloc(1, sizeof(*a));
    a->web = web;
    a->connection = c;
    a->ex = xcalloc(1, sizeof(*a->ex));
    a->ex->cl = web->cl;
    a->ex->owner = a;
    a->ex->reused = is_reused(c);
    request_init(&a->ex->rq, method, url);
    MHD_get_connection_values(c, MHD_HEADER_KIND, keep_header, &a->ex->rq.headers);
    MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, keep_header, &a->ex->rq.query);
    a->ex->rq.base = base_of(web, &a->ex->rq);
    return a;
}

static void take_body(struct arrival *a, const char *data, size_t size)
{
    struct request *rq = &a->ex->rq;
    if (rq->size + size + 1 > a->cap) {
        a->cap = (rq->size + size + 1) * 2;
        rq->body = xrealloc(rq->body, a->cap);
    }
    memcpy(rq->body + rq->size, data, size);
    rq->size += size;
    rq->body[rq->size] = '\0';
}

struct half {
    char *text;
    size_t size;
};

static ssize_t read_half(void *ctx, uint64_t at, char *out, size_t max)
{
    const struct half *h = ctx;
    size_t half = h->size / 2;
    if (at >= half)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = half - at < max ? half - at : max;
    memcpy(out, h->text + at, n);
    return (ssize_t)n;
}

static void free_half(void *ctx)
{
    struct half *h = ctx;
    free(h->text);
    free(h);
}

static ssize_t read_endless(void *ctx, uint64_t at, char *out, size_t max)
{
    (void)ctx;
    (void)at;
    size_t n = max < 4096 ? max : 4096;
    memset(out, ' ', n);
    return (ssize_t)n;
}

static struct MHD_Response *response_of(struct exchange *ex)
{
    struct reply *rp = &ex->rp;
    reply_render(rp);
    if (ex->how == SEND_ENDLESS)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_endless,
                                                 NULL, NULL);
    if (ex->how == SEND_HALF) {
        /* A reply without a body is cut by promising one byte. */
        struct half *h = xcalloc(1, sizeof(*h));
        h->size = rp->size;
        h->text = rp->text;
        rp->text = NULL;
        return MHD_create_response_from_callback(h->size ? h->size : 1, 4096, read_half,
                                                 h, free_half);
    }
    struct MHD_Response *r =
        MHD_create_response_from_buffer(rp->size, rp->text, MHD_RESPMEM_MUST_FREE);
    rp->text = NULL;
    return r;
}

static enum MHD_Result send_reply(struct arrival *a)
{
    struct exchange *ex = a->ex;
    char date[TIME_TEXT];
    if (ex->how == SEND_NOTHING)
        return MHD_NO;
    bool empty = !ex->rp.json && ex->rp.size == 0;
    struct MHD_Response *r = response_of(ex);
    for (size_t i = 0; i < ex->rp.headers.n; i++)
        MHD_add_response_header(r, ex->rp.headers.v[i].key, ex->rp.headers.v[i].value);
    if (ex->rp.type && !empty)
        MHD_add_response_header(r, "Content-Type", ex->rp.type);
    time_http(cloud_now(ex->cl), date);
    MHD_add_response_header(r, "Date", date);
    enum MHD_Result ok = MHD_queue_response(a->connection, (unsigned)ex->rp.status, r);
    MHD_destroy_response(r);
    return ok;
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **req)
{
    struct web *web = ctx;
    struct arrival *a = *req;
    (void)version;
    if (!a) {
        *req = arrival_new(web, c, url, method);
        return MHD_YES;
    }
    if (*size > 0) {
        take_body(a, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (!a->begun) {
        a->begun = true;
        if (a->ex->rq.size > 0)
            a->ex->rq.json = json_loadb(a->ex->rq.body, a->ex->rq.size, 0, NULL);
        exchange_begin(a->ex);
    }
    if (a->ex->done)
        return send_reply(a);
    if (web->stopping)
        return MHD_NO;
    a->ex->ready = wake;
    a->suspended = true;
    MHD_suspend_connection(c);
    return MHD_YES;
}

static void completed(void *ctx, struct MHD_Connection *c, void **req,
                      enum MHD_RequestTerminationCode why)
{
    (void)ctx;
    (void)c;
    (void)why;
    struct arrival *a = *req;
    if (!a)
        return;
    a->ex->owner = NULL;
    a->ex->ready = NULL;
    if (!a->begun)
        a->ex->done = true;
    exchange_drop(a->ex);
    free(a);
    *req = NULL;
}

static void connection_changed(void *ctx, struct MHD_Connection *c, void **socket_context,
                               enum MHD_ConnectionNotificationCode code)
{
    (void)ctx;
    (void)c;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = xcalloc(1, sizeof(unsigned long));
    } else {
        free(*socket_context);
        *socket_context = NULL;
    }
}

struct web *web_new(struct cloud *cl, const struct web_options *options)
{
    struct web *web = xcalloc(1, sizeof(*web));
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)options->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned flags =
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)options->tls_cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)options->tls_key},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    if (options->tls_cert)
        flags |= MHD_USE_TLS;
    web->cl = cl;
    web->options = *options;
    web->daemon = MHD_start_daemon(
        flags, (uint16_t)options->port, NULL, NULL, handle, web, MHD_OPTION_SOCK_ADDR,
        &address, MHD_OPTION_CONNECTION_LIMIT, 4000U, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)(256 * 1024), MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, connection_changed, NULL, MHD_OPTION_ARRAY,
        options->tls_cert ? tls : none, MHD_OPTION_END);
    if (!web->daemon) {
        free(web);
        return NULL;
    }
    return web;
}

void web_free(struct web *web)
{
    web->stopping = true;
    exchange_abandon(web->cl);
    MHD_run(web->daemon);
    MHD_stop_daemon(web->daemon);
    free(web);
}

int web_port(const struct web *web)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

int web_fd(const struct web *web)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}

void web_run(struct web *web)
{
    /* What one request lets go of (POST release) is not always seen in the same run
     * (libmicrohttpd 0.9.75). */
    do {
        web->woke = false;
        MHD_run(web->daemon);
    } while (web->woke);
}

int web_timeout_ms(const struct web *web)
{
    MHD_UNSIGNED_LONG_LONG ms;
    if (MHD_get_timeout(web->daemon, &ms) != MHD_YES)
        return -1;
    return ms > 1000 ? 1000 : (int)ms;
}
