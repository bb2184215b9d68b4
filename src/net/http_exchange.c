/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way: what curl is told, and what its callbacks record. */
#include "net/http_exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"

/* All header lines of one reply together. */
#define HEADERS_MAX ((size_t)256 << 10)
/* Two bytes of JSON may become three hundred of memory: what a reply is taken apart into
 * has a cap of its own. */
#define BRACKETS_MAX ((size_t)1 << 18)
#define COMMAS_MAX   ((size_t)1 << 21)

struct exchange *exchange_new(struct request *req, http_done_fn *done, void *ctx)
{
    struct exchange *x = xcalloc(1, sizeof(*x));
    x->req = request_steal(req);
    x->done = done;
    x->ctx = ctx;
    return x;
}

static size_t on_header(char *bytes, size_t size, size_t n, void *p)
{
    struct exchange *x = p;
    n *= size;
    x->header_bytes += n;
    if (x->header_bytes > HEADERS_MAX) {
        x->too_long = true;
        return 0;
    }
    /* 1xx replies come before the one that counts: only the last block is kept. */
    if (n >= 5 && !memcmp(bytes, "HTTP/", 5)) {
        strv_clear(&x->headers);
        x->head_done = false;
        return n;
    }
    size_t len = n;
    while (len > 0 && (bytes[len - 1] == '\r' || bytes[len - 1] == '\n' ||
                       bytes[len - 1] == ' ' || bytes[len - 1] == '\t'))
        len--;
    if (len > 0)
        strv_take(&x->headers, xstrndup(bytes, len));
    else
        x->head_done = true;
    return n;
}

/* Counted wherever they stand: a page of a thousand servers has some 50,000. */
static bool is_too_intricate(struct exchange *x, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        x->brackets += bytes[i] == '{' || bytes[i] == '[';
        x->commas += bytes[i] == ',';
    }
    return x->brackets > BRACKETS_MAX || x->commas > COMMAS_MAX;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *p)
{
    struct exchange *x = p;
    n *= size;
    if (!is_too_intricate(x, bytes, n) && text_add_n(&x->body, bytes, n))
        return n;
    x->too_long = true;
    return 0;
}

/*
 * curl calls this when a connection stands and the request is to be written next. For
 * what changes something there is no second time, whatever curl (or a later release of
 * it) would like to repeat: the fresh connection prevents it, this makes sure.
 */
static int on_write(void *p, char *remote, char *local, int remote_port, int local_port)
{
    struct exchange *x = p;
    (void)remote;
    (void)local;
    (void)remote_port;
    (void)local_port;
    if (x->written > 0 && !request_is_read(&x->req))
        return CURL_PREREQFUNC_ABORT;
    x->written++;
    return CURL_PREREQFUNC_OK;
}

struct setter {
    CURL *easy;
    CURLcode code; /* the first failure */
};

#define SET(s, option, value)                                                            \
    do {                                                                                 \
        if ((s)->code == CURLE_OK)                                                       \
            (s)->code = curl_easy_setopt((s)->easy, option, value);                      \
    } while (0)

static bool has_header(const struct request *req, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < req->headers.len; i++)
        if (!strncasecmp(req->headers.at[i], name, n) && req->headers.at[i][n] == ':')
            return true;
    return false;
}

static void append(struct exchange *x, const char *line)
{
    struct curl_slist *longer = curl_slist_append(x->slist, line);
    if (!longer)
        bug("out of memory (a header)");
    x->slist = longer;
}

static void set_headers(struct setter *s, struct exchange *x)
{
    for (size_t i = 0; i < x->req.headers.len; i++) {
        const char *line = x->req.headers.at[i], *colon = strchr(line, ':');
        /* To curl "Name:" is an order to leave the header out; "Name;" sends it empty. */
        if (colon && colon[1 + strspn(colon + 1, " \t")] == '\0') {
            AUTO_FREE char *empty = xasprintf("%.*s;", (int)(colon - line), line);
            append(x, empty);
        } else {
            append(x, line);
        }
    }
    append(x, "Expect:");
    if (!has_header(&x->req, "Content-Type"))
        append(x, "Content-Type:");
    SET(s, CURLOPT_HTTPHEADER, x->slist);
}

static void set_method(struct setter *s, struct exchange *x)
{
    const char *method = x->req.method;
    bool bare = !x->req.body && (request_is_read(&x->req) || !strcmp(method, "DELETE"));
    if (!strcmp(method, "HEAD")) {
        SET(s, CURLOPT_NOBODY, 1L);
    } else if (bare) {
        SET(s, CURLOPT_HTTPGET, 1L);
        SET(s, CURLOPT_CUSTOMREQUEST, method);
    } else {
        SET(s, CURLOPT_POST, 1L);
        SET(s, CURLOPT_POSTFIELDSIZE_LARGE,
            (curl_off_t)(x->req.body ? x->req.body_len : 0));
        SET(s, CURLOPT_POSTFIELDS, x->req.body ? x->req.body : "");
        SET(s, CURLOPT_CUSTOMREQUEST, method);
    }
}

static void set_connection(struct setter *s, struct exchange *x,
                           const struct http_settings *settings)
{
    double timeout = x->req.timeout_s > 0 ? x->req.timeout_s : settings->o.timeout_s;
    /* The machine's own seconds, also where a test build lives faster: a busy machine
     * takes its time to connect. */
    SET(s, CURLOPT_CONNECTTIMEOUT_MS, (long)(settings->o.connect_timeout_s * 1000) + 1);
    SET(s, CURLOPT_TIMEOUT_MS, (long)(clock_real(timeout) * 1000) + 1);
    SET(s, CURLOPT_TCP_KEEPALIVE, 1L);
    SET(s, CURLOPT_SHARE, settings->share);
    if (!strcmp(x->req.method, "CONNECT"))
        SET(s, CURLOPT_CONNECT_ONLY, 1L);
    if (x->req.once) {
        SET(s, CURLOPT_NOPROXY, "*");
        SET(s, CURLOPT_FRESH_CONNECT, 1L);
        SET(s, CURLOPT_FORBID_REUSE, 1L);
    }
    if (request_is_read(&x->req)) {
        SET(s, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        return;
    }
    /* A POST on a reused connection that dies without a byte is sent again by libcurl
     * itself (7.88.1), and one on a shared HTTP/2 connection when its stream is refused.
     */
    SET(s, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(s, CURLOPT_FRESH_CONNECT, 1L);
    SET(s, CURLOPT_FORBID_REUSE, 1L);
}

static void set_tls(struct setter *s, const struct http_settings *settings)
{
    SET(s, CURLOPT_SSL_VERIFYPEER, settings->o.insecure ? 0L : 1L);
    SET(s, CURLOPT_SSL_VERIFYHOST, settings->o.insecure ? 0L : 2L);
    if (settings->cacert)
        SET(s, CURLOPT_CAINFO, settings->cacert);
    if (settings->cert)
        SET(s, CURLOPT_SSLCERT, settings->cert);
    if (settings->key)
        SET(s, CURLOPT_SSLKEY, settings->key);
}

static void set_callbacks(struct setter *s, struct exchange *x)
{
    SET(s, CURLOPT_PRIVATE, x);
    SET(s, CURLOPT_ERRORBUFFER, x->words);
    SET(s, CURLOPT_HEADERFUNCTION, on_header);
    SET(s, CURLOPT_HEADERDATA, x);
    SET(s, CURLOPT_WRITEFUNCTION, on_body);
    SET(s, CURLOPT_WRITEDATA, x);
    SET(s, CURLOPT_PREREQFUNCTION, on_write);
    SET(s, CURLOPT_PREREQDATA, x);
    SET(s, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

static void forget_try(struct exchange *x, const struct http_settings *settings)
{
    size_t max = x->req.max_reply ? x->req.max_reply : settings->o.max_reply;
    text_clear(&x->body);
    text_init(&x->body, max);
    strv_clear(&x->headers);
    reply_clear(&x->reply);
    x->header_bytes = x->brackets = x->commas = 0;
    x->written = 0;
    x->head_done = x->too_long = false;
    x->words[0] = '\0';
}

bool exchange_start(struct exchange *x, const struct http_settings *settings)
{
    forget_try(x, settings);
    x->tries++;
    struct setter s = {.easy = curl_easy_init()};
    if (!s.easy)
        bug("out of memory (a curl handle)");
    x->easy = s.easy;
    SET(&s, CURLOPT_URL, x->req.url);
    SET(&s, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(&s, CURLOPT_FOLLOWLOCATION, 0L);
    SET(&s, CURLOPT_NOSIGNAL, 1L);
    SET(&s, CURLOPT_USERAGENT, "rezone");
    set_callbacks(&s, x);
    set_headers(&s, x);
    set_method(&s, x);
    set_connection(&s, x, settings);
    set_tls(&s, settings);
    x->reply.sent_at = clock_mono();
    if (s.code == CURLE_OK)
        return true;
    exchange_end(x, settings, s.code);
    return false;
}

void exchange_end(struct exchange *x, const struct http_settings *settings, CURLcode code)
{
    x->reply.took_s = clock_mono() - x->reply.sent_at;
    exchange_judge(x, settings, code);
    curl_easy_cleanup(x->easy);
    x->easy = NULL;
    curl_slist_free_all(x->slist);
    x->slist = NULL;
}

void exchange_free(struct exchange *x)
{
    if (!x)
        return;
    if (x->easy)
        curl_easy_cleanup(x->easy);
    child_free(x->child);
    curl_slist_free_all(x->slist);
    text_clear(&x->body);
    strv_clear(&x->headers);
    request_clear(&x->req);
    reply_clear(&x->reply);
    free(x);
}
