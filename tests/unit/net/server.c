/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted HTTP/1.1 server for the tests of net. */
#include "server.h"

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"

struct server {
    int fd, port;
    server_fn *answer;
    void *ctx;
    SSL_CTX *tls;
    pthread_t acceptor;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct vec peers; /* under lock, as all below */
    struct strv seen; /* "METHOD path" */
    bool released, ending;
};

struct peer {
    struct server *server;
    int fd, number;
    SSL *ssl;
    pthread_t thread;
};

static ssize_t peer_read(struct peer *p, char *bytes, size_t n)
{
    return p->ssl ? SSL_read(p->ssl, bytes, (int)n) : recv(p->fd, bytes, n, 0);
}

static void peer_write(struct peer *p, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = p->ssl ? SSL_write(p->ssl, bytes, (int)n)
                              : send(p->fd, bytes, n, MSG_NOSIGNAL);
        if (done <= 0)
            return;
        bytes += done;
        n -= (size_t)done;
    }
}

void peer_send(struct peer *peer, const char *bytes)
{
    peer_write(peer, bytes, strlen(bytes));
}

void peer_reply(struct peer *peer, const char *status, const char *headers,
                const char *body)
{
    AUTO_FREE char *reply = xasprintf("HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s",
                                      status, strlen(body), headers, body);
    peer_send(peer, reply);
}

void peer_hold(struct peer *peer)
{
    struct server *s = peer->server;
    pthread_mutex_lock(&s->lock);
    while (!s->released && !s->ending)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

void peer_reset(struct peer *peer)
{
    struct linger now = {.l_onoff = 1};
    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static int count_seen(const struct server *s, const char *method, const char *path)
{
    int n = 0;
    for (size_t i = 0; i < s->seen.len; i++) {
        const char *line = s->seen.at[i], *space = strchr(line, ' ');
        bool same_method = !method || (strlen(method) == (size_t)(space - line) &&
                                       text_starts(line, method));
        n += same_method && (!path || !strcmp(space + 1, path));
    }
    return n;
}

static void note(struct peer *p, struct server_request *req)
{
    struct server *s = p->server;
    pthread_mutex_lock(&s->lock);
    strv_take(&s->seen, xasprintf("%s %s", req->method, req->path));
    req->hit = count_seen(s, req->method, req->path);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

/* Reads one request; false at the end of the connection. */
static bool read_request(struct peer *p, struct text *in, struct server_request *req)
{
    const char *end;
    char buffer[8192];
    ssize_t n;
    while (!(end = strstr(text_str(in), "\r\n\r\n"))) {
        if ((n = peer_read(p, buffer, sizeof(buffer))) <= 0)
            return false;
        text_add_n(in, buffer, (size_t)n);
    }
    size_t head_len = (size_t)(end - in->s) + 4;
    const char *length = strcasestr(in->s, "\r\nContent-Length:");
    if (length && length < end)
        req->body_len = strtoul(length + 17, NULL, 10);
    while (in->len < head_len + req->body_len) {
        if ((n = peer_read(p, buffer, sizeof(buffer))) <= 0)
            return false;
        text_add_n(in, buffer, (size_t)n);
    }
    req->head = xstrndup(in->s, head_len);
    req->body = xstrndup(in->s + head_len, req->body_len);
    if (sscanf(req->head, "%15s %255s", req->method, req->path) != 2)
        return false;
    memmove(in->s, in->s + head_len + req->body_len,
            in->len - head_len - req->body_len + 1);
    in->len -= head_len + req->body_len;
    return true;
}

static void *serve(void *arg)
{
    struct peer *p = arg;
    struct text in = {0};
    bool kept = !p->ssl || SSL_accept(p->ssl) == 1;
    for (int nth = 1; kept; nth++) {
        struct server_request req = {.conn = p->number, .nth = nth};
        req.tls_resumed = p->ssl && SSL_session_reused(p->ssl);
        kept = read_request(p, &in, &req);
        if (kept) {
            note(p, &req);
            kept = p->server->answer(p->server->ctx, p, &req);
        }
        free(req.head);
        free(req.body);
    }
    text_clear(&in);
    if (p->ssl)
        SSL_shutdown(p->ssl);
    struct linger how = {0};
    socklen_t size = sizeof(how);
    getsockopt(p->fd, SOL_SOCKET, SO_LINGER, &how, &size);
    pthread_mutex_lock(&p->server->lock);
    int fd = p->fd;
    p->fd = -1;
    pthread_mutex_unlock(&p->server->lock);
    /* close() with unread input sends RST too: an orderly end must look like one. */
    if (!how.l_onoff)
        shutdown(fd, SHUT_WR);
    close(fd);
    return NULL;
}

static void *accept_all(void *arg)
{
    struct server *s = arg;
    for (;;) {
        int fd = accept(s->fd, NULL, NULL);
        pthread_mutex_lock(&s->lock);
        if (s->ending || fd < 0) {
            pthread_mutex_unlock(&s->lock);
            if (fd >= 0)
                close(fd);
            return NULL;
        }
        struct peer *p = xcalloc(1, sizeof(*p));
        p->server = s;
        p->fd = fd;
        p->number = (int)s->peers.len + 1;
        if (s->tls) {
            p->ssl = SSL_new(s->tls);
            SSL_set_fd(p->ssl, fd);
        }
        vec_add(&s->peers, p);
        pthread_create(&p->thread, NULL, serve, p);
        pthread_mutex_unlock(&s->lock);
    }
}

static int listen_any(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 256) ||
        getsockname(fd, (struct sockaddr *)&address, &size))
        abort();
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static struct server *start(server_fn *answer, void *ctx, SSL_CTX *tls)
{
    struct server *s = xcalloc(1, sizeof(*s));
    s->answer = answer;
    s->ctx = ctx;
    s->tls = tls;
    s->fd = listen_any(&s->port);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    pthread_create(&s->acceptor, NULL, accept_all, s);
    return s;
}

struct server *server_new(server_fn *answer, void *ctx)
{
    return start(answer, ctx, NULL);
}

struct server *server_new_tls(server_fn *answer, void *ctx, const char *cert,
                              const char *key)
{
    /* SSL_write() knows no MSG_NOSIGNAL, and clients here hang up on purpose. */
    signal(SIGPIPE, SIG_IGN);
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_file(tls, cert, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
        abort();
    SSL_CTX_set_session_id_context(tls, (const unsigned char *)"t", 1);
    return start(answer, ctx, tls);
}

void server_free(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    s->ending = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->acceptor, NULL);
    for (size_t i = 0; i < s->peers.len; i++) {
        struct peer *p = s->peers.at[i];
        pthread_mutex_lock(&s->lock);
        if (p->fd >= 0)
            shutdown(p->fd, SHUT_RDWR);
        pthread_mutex_unlock(&s->lock);
        pthread_join(p->thread, NULL);
        SSL_free(p->ssl);
    }
    close(s->fd);
    vec_clear(&s->peers, free);
    strv_clear(&s->seen);
    SSL_CTX_free(s->tls);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

int server_port(const struct server *server)
{
    return server->port;
}

char *server_url(const struct server *server, const char *path)
{
    return xasprintf("http%s://127.0.0.1:%d%s", server->tls ? "s" : "", server->port,
                     path);
}

int server_hits(struct server *s, const char *method, const char *path)
{
    pthread_mutex_lock(&s->lock);
    int n = count_seen(s, method, path);
    pthread_mutex_unlock(&s->lock);
    return n;
}

int server_connections(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    int n = (int)s->peers.len;
    pthread_mutex_unlock(&s->lock);
    return n;
}

bool server_await(struct server *s, int n)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    pthread_mutex_lock(&s->lock);
    int failed = 0;
    while ((int)s->seen.len < n && !failed)
        failed = pthread_cond_timedwait(&s->changed, &s->lock, &until);
    pthread_mutex_unlock(&s->lock);
    return !failed;
}

void server_release(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    s->released = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

int server_dead_port(void)
{
    int port;
    close(listen_any(&port));
    return port;
}
