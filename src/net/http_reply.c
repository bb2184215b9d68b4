/* SPDX-License-Identifier: Apache-2.0 */
/* How a transfer ended: the fate of the request, the reply's headers, the error in words.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/http_exchange.h"

static char *host_and_port(const char *url)
{
    CURLU *u = curl_url();
    char *host = NULL, *port = NULL, *both = NULL;
    if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
        both = xasprintf("%s:%s", host, port);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(u);
    return both ? both : xstrdup("an address that is none");
}

static bool is_tls(CURLcode code)
{
    switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_USE_SSL_FAILED:
        return true;
    default:
        return false;
    }
}

/* A peer that hangs up during the handshake is in trouble, not wrongly configured; curl
 * has one code for both and tells them apart in words only (OpenSSL back end). */
static bool is_hang_up(const char *words)
{
    return strstr(words, "reset by peer") || strstr(words, "SSL_ERROR_SYSCALL") ||
           strstr(words, "unexpected eof");
}

static void add_files(struct text *t, const struct http_settings *settings)
{
    const char *sep = " (";
    const struct {
        const char *what, *name;
    } files[] = {{"authorities", settings->cacert},
                 {"certificate", settings->cert},
                 {"key", settings->key}};
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
        if (files[i].name) {
            text_addf(t, "%s%s: %s", sep, files[i].what, files[i].name);
            sep = ", ";
        }
    if (!strcmp(sep, ", "))
        text_add(t, ")");
}

static void tls_error(struct exchange *x, const struct http_settings *settings,
                      const char *peer, const char *words)
{
    struct text t = {0};
    add_files(&t, settings);
    err_set(&x->reply.err, ERR_TLS, "TLS with %s failed: %s%s", peer, words,
            text_str(&t));
    text_clear(&t);
}

/* curl's words for a failed connect leave out the one that tells: the system's. */
static char *words_of(const struct exchange *x, CURLcode code)
{
    long system_error = 0;
    char buffer[128];
    if (code == CURLE_COULDNT_CONNECT)
        curl_easy_getinfo(x->easy, CURLINFO_OS_ERRNO, &system_error);
    if (system_error)
        return xstrdup(strerror_r((int)system_error, buffer, sizeof(buffer)));
    if (code == CURLE_OK)
        return xstrdup("the reply is not whole");
    return text_printable(x->words[0] ? x->words : curl_easy_strerror(code), 400);
}

/* Nothing of the request was written: it certainly did not arrive. */
static void set_not_sent(struct exchange *x, CURLcode code, const char *peer,
                         const char *words)
{
    struct err *err = &x->reply.err;
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        err_set(err, ERR_CONFIG, "not an address of a service: %s", words);
    else if (code == CURLE_UNKNOWN_OPTION || code == CURLE_NOT_BUILT_IN ||
             code == CURLE_BAD_FUNCTION_ARGUMENT || code == CURLE_FAILED_INIT)
        err_set(err, ERR_INTERNAL, "libcurl refused a request to %s: %s", peer, words);
    else
        err_set(err, ERR_CONNECT, "cannot connect to %s: %s", peer, words);
}

static void set_error(struct exchange *x, const struct http_settings *settings,
                      CURLcode code)
{
    struct err *err = &x->reply.err;
    AUTO_FREE char *peer = host_and_port(x->req.url);
    AUTO_FREE char *words = words_of(x, code);
    if (x->too_long)
        err_set(err, ERR_PROTOCOL, "the reply of %s is longer than allowed", peer);
    else if (is_tls(code) && !is_hang_up(words))
        tls_error(x, settings, peer, words);
    else if (x->written == 0)
        set_not_sent(x, code, peer, words);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        err_set(err, ERR_TIMEOUT, "%s did not answer in time: %s", peer, words);
    else if (code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UNSUPPORTED_PROTOCOL)
        err_set(err, ERR_PROTOCOL, "%s does not speak HTTP: %s", peer, words);
    else
        err_set(err, ERR_CONNECT, "%s ended the connection %s: %s", peer,
                x->reply.fate == REPLY_HTTP ? "within its reply" : "without a reply",
                words);
}

/* Ids are printed and stored: what is not of their alphabet ends them. */
static void copy_request_id(struct reply *r)
{
    const char *id = reply_header(r, "X-Compute-Request-Id");
    if (!id || !*id)
        id = reply_header(r, "X-OpenStack-Request-ID");
    size_t n = 0;
    while (
        id && n + 1 < sizeof(r->request_id) &&
        (isalnum((unsigned char)id[n]) || id[n] == '-' || id[n] == '_' || id[n] == '.'))
        n++;
    if (n > 0)
        memcpy(r->request_id, id, n);
    r->request_id[n] = '\0';
}

static void read_times(struct reply *r)
{
    /* Who asks for more is asked again after this: a clock that is wrong by years must
     * not make us wait for them. */
    const double longest = 3600;
    double wall;
    if (clock_parse_http(reply_header(r, "Date"), &wall))
        r->date = wall;
    const char *after = reply_header(r, "Retry-After");
    (void)text_to_seconds(after, &r->retry_after_s);
    /* A date is by the service's clock, which need not be ours. */
    if (clock_parse_http(after, &wall)) {
        double left = wall - (r->date > 0 ? r->date : clock_wall());
        r->retry_after_s = left > 0 ? left : 0;
    }
    if (r->retry_after_s > longest)
        r->retry_after_s = longest;
}

void exchange_judge(struct exchange *x, const struct http_settings *settings,
                    CURLcode code)
{
    struct reply *r = &x->reply;
    long status = 0;
    if (x->written > 0)
        curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    if (!strcmp(x->req.method, "CONNECT") && code == CURLE_OK) {
        x->written = 1;
        x->head_done = true;
        status = 200;
    }
    r->retry_after_s = -1;
    r->body_len = x->body.len;
    r->body = text_steal(&x->body);
    r->headers = x->headers;
    x->headers = (struct strv){0};
    if (x->written == 0)
        r->fate = REPLY_NOT_SENT;
    else
        r->fate = status >= 200 ? REPLY_HTTP : REPLY_UNKNOWN;
    if (r->fate == REPLY_HTTP) {
        r->status = (int)status;
        /* curl takes a connection that ends within the headers for a whole reply. */
        r->body_cut = code != CURLE_OK || !x->head_done;
        copy_request_id(r);
        read_times(r);
    }
    if (r->body_cut || r->fate != REPLY_HTTP)
        set_error(x, settings, code);
    if (err_is_set(&r->err))
        snprintf(r->err.request_id, sizeof(r->err.request_id), "%s", r->request_id);
}
