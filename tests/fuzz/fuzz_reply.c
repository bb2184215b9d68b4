/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes that a server sends, through curl and into a reply: status, headers (Date,
 * Retry-After, request ids), body, and how it ended. Input: a byte of choices, the bytes;
 * with an odd choice they follow a good status line. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "fuzz.h"
#include "moves/probe.h"
#include "net/backoff.h"
#include "net/http_exchange.h"
#include "net/http_log.h"

#define REPLY_MAX 65536

/* curl gets our end of a pair in which the whole reply lies already. */
static curl_socket_t give_socket(void *fd, curlsocktype purpose, struct curl_sockaddr *to)
{
    (void)purpose;
    (void)to;
    return *(int *)fd;
}

static int is_connected(void *ctx, curl_socket_t fd, curlsocktype purpose)
{
    (void)ctx;
    (void)fd;
    (void)purpose;
    return CURL_SOCKOPT_ALREADY_CONNECTED;
}

static void check_line(void *ctx, const char *line)
{
    (void)ctx;
    must(is_harmless(line, strlen(line)) && !strchr(line, '\n'));
}

static void check_reply(const struct exchange *x)
{
    const struct reply *r = &x->reply;
    double wait = 0;
    must(r->body && strlen(r->body) <= r->body_len && r->body_len <= REPLY_MAX);
    must(r->fate == REPLY_HTTP ? r->status >= 200 && r->status <= 999 : r->status == 0);
    must(r->fate == REPLY_HTTP && !r->body_cut ? !err_is_set(&r->err)
                                               : is_good_error(&r->err));
    must(r->retry_after_s == -1 || (r->retry_after_s >= 0 && r->retry_after_s <= 3600));
    must(is_harmless(r->request_id, strlen(r->request_id)));
    if (backoff_read(r, 1, 0.5, &wait))
        must(wait >= 0 && wait <= BACKOFF_LONGEST_S);
    log_open(check_line, NULL);
    http_log_request(&x->req, 1);
    http_log_reply(&x->req, r);
    log_close();
}

/* The same reply as that of a probe: its status alone decides. */
static void check_probe(const struct reply *r)
{
    AUTO_JSON json_t *told = probe_told(r);
    const char *why = jstr(told, "why", NULL);
    must(jbool(told, "reached", false) == (r->fate == REPLY_HTTP && r->status < 400));
    must(why && *why && is_harmless(why, strlen(why)) && !strchr(why, '\n'));
}

static void perform(struct exchange *x, int fd)
{
    const struct http_settings settings = {
        .o = {.timeout_s = 5, .connect_timeout_s = 5, .max_reply = REPLY_MAX}};
    must(exchange_start(x, &settings));
    curl_easy_setopt(x->easy, CURLOPT_OPENSOCKETFUNCTION, give_socket);
    curl_easy_setopt(x->easy, CURLOPT_OPENSOCKETDATA, &fd);
    curl_easy_setopt(x->easy, CURLOPT_SOCKOPTFUNCTION, is_connected);
    curl_easy_setopt(x->easy, CURLOPT_PROXY, "");
    exchange_end(x, &settings, curl_easy_perform(x->easy));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "HTTP/1.1 429 Slow\r\n";
    struct input in = {data, size};
    unsigned choices = take_byte(&in);
    size_t n = in.n < REPLY_MAX ? in.n : REPLY_MAX;
    struct request req = {0};
    int pair[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    if (choices & 1)
        must(write(pair[1], head, sizeof head - 1) == (ssize_t)sizeof head - 1);
    must(n == 0 || write(pair[1], in.p, n) == (ssize_t)n);
    (void)shutdown(pair[1], SHUT_WR);
    request_init(&req, choices & 2 ? "POST" : "GET", "http://127.0.0.1:1/x");
    struct exchange *x = exchange_new(&req, NULL, NULL);
    perform(x, pair[0]);
    check_reply(x);
    check_probe(&x->reply);
    exchange_free(x);
    (void)close(pair[1]);
    return 0;
}
