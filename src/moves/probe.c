/* SPDX-License-Identifier: Apache-2.0 */
/* Probes as texts, as requests, and what came of one. */
#include "moves/probe.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/text_words.h"
#include "cloud/json.h"
#include "moves/capture.h"

#define ATTEMPT_S 10.0  /* of tcp and http; the next one may have more luck */
#define TIMEOUT_S 300.0 /* of --probe-timeout */
#define REPLY_MAX                                                                        \
    ((size_t)64 << 10) /* of a page nothing but its status is of interest                \
                        */
#define REASON_CHARS 200
#define PORTS_MAX    65535
#define HTTP_PORT    80

/* ---- what users type ---- */

static bool parse_port(const char *s, size_t len, int *ret)
{
    AUTO_FREE char *digits = xstrndup(s, len);
    unsigned long long port;
    if (!text_to_u64(digits, PORTS_MAX, &port) || port == 0)
        return false;
    *ret = (int)port;
    return true;
}

static bool is_path(const char *s)
{
    for (const char *p = s; *p; p++)
        if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7F)
            return false;
    return *s == '/';
}

static bool parse_http(const char *rest, struct probe *ret)
{
    size_t digits = strcspn(rest, "/");
    ret->port = HTTP_PORT;
    ret->rest = rest + digits;
    return is_path(ret->rest) && (digits == 0 || parse_port(rest, digits, &ret->port));
}

static bool parse_cmd(const char *rest, struct err *err)
{
    struct strv words = {0};
    bool ok = text_words(rest, &words, err);
    if (ok && (words.len == 0 || !*words.at[0]))
        ok = err_set(err, ERR_USAGE, "there is no command");
    strv_clear(&words);
    return ok;
}

bool probe_parse(const char *text, struct probe *ret, struct err *err)
{
    const char *colon = strchr(text, ':');
    AUTO_FREE char *safe = text_printable(text, 80);
    struct err why = {0};
    ret->rest = colon ? colon + 1 : "";
    if (text_starts(text, "tcp:")) {
        ret->way = PROBE_TCP;
        return parse_port(ret->rest, strlen(ret->rest), &ret->port) ||
               err_set(err, ERR_USAGE,
                       "--probe tcp: takes a port from 1 to 65535, not '%s'", safe);
    }
    if (text_starts(text, "http:")) {
        ret->way = PROBE_HTTP;
        return parse_http(ret->rest, ret) ||
               err_set(err, ERR_USAGE,
                       "--probe http: takes /PATH or PORT/PATH, without blanks, not '%s'",
                       safe);
    }
    if (text_starts(text, "cmd:")) {
        ret->way = PROBE_CMD;
        return parse_cmd(ret->rest, &why) ||
               err_set(err, ERR_USAGE, "--probe '%s': %s", safe, why.text);
    }
    return err_set(
        err, ERR_USAGE,
        "--probe takes tcp:PORT, http:/PATH, http:PORT/PATH or cmd:COMMAND, not "
        "'%s'",
        safe);
}

/* ---- requests ---- */

static void fill_net(const struct probe *probe, const struct probed *of,
                     struct request *r)
{
    bool six = strchr(of->address, ':') != NULL;
    AUTO_FREE char *url =
        xasprintf("http://%s%s%s:%d%s", six ? "[" : "", of->address, six ? "]" : "",
                  probe->port, probe->way == PROBE_HTTP ? probe->rest : "/");
    request_init(r, probe->way == PROBE_HTTP ? "GET" : "CONNECT", url);
    r->timeout_s = of->limit_s < ATTEMPT_S ? of->limit_s : ATTEMPT_S;
    r->max_reply = REPLY_MAX;
}

static void fill_command(const struct probe *probe, const struct probed *of,
                         struct request *r)
{
    request_init(r, "RUN", "");
    request_body(r, xstrdup(probe->rest), NULL);
    request_header(r, "REZONE_SERVER_ID", of->server_id);
    request_header(r, "REZONE_TARGET_ID", of->target_id);
    request_header(r, "REZONE_ADDRESS", of->address);
    r->timeout_s = of->limit_s;
}

void probe_request(const struct probe *probe, const struct probed *of, struct request *r)
{
    if (probe->way == PROBE_CMD)
        fill_command(probe, of, r);
    else
        fill_net(probe, of, r);
    r->once = true;
    r->service = SERVICE_PROBE;
}

json_t *probe_told(const struct reply *reply)
{
    bool answered = reply->fate == REPLY_HTTP;
    bool reached = answered && reply->status < 400;
    bool late = reply->err.code == ERR_TIMEOUT;
    bool cannot_run = reply->fate == REPLY_NOT_SENT && reply->err.code == ERR_NOTFOUND;
    AUTO_FREE char *why = answered ? xasprintf("it answers %d", reply->status)
                                   : text_printable(reply->err.text, REASON_CHARS);
    json_t *told = jpair("reached", json_boolean(reached));
    json_object_set_new(told, "why", jtext(why));
    json_object_set_new(told, "late", json_boolean(late));
    json_object_set_new(told, "cannot_run", json_boolean(cannot_run));
    return told;
}

/* ---- of a move ---- */

size_t probe_count(const struct move *m)
{
    return json_array_size(jget(move_options(m), "probes"));
}

const char *probe_text(const struct move *m, size_t i)
{
    return json_string_value(json_array_get(jget(move_options(m), "probes"), i));
}

double probe_deadline_s(const struct move *m)
{
    const json_t *seconds = jget(move_options(m), "probe_timeout");
    double s = json_is_number(seconds) ? json_number_value(seconds) : TIMEOUT_S;
    return s > 0 && s <= PROBE_SECONDS_MAX ? s : TIMEOUT_S;
}

bool probes_apply(struct move *m)
{
    return probe_count(m) > 0 && captured_running(m);
}

/* ---- requests by key ---- */

struct put {
    char *key;
    struct request request;
};

static struct put *find(const struct world *w, const char *key)
{
    for (size_t i = 0; i < w->probes.len; i++) {
        struct put *put = w->probes.at[i];
        if (text_eq(put->key, key))
            return put;
    }
    return NULL;
}

void probe_put(struct world *w, const char *key, struct request *r)
{
    struct put *put = find(w, key);
    if (!put) {
        put = xcalloc(1, sizeof(*put));
        put->key = xstrdup(key);
        vec_add(&w->probes, put);
    }
    request_clear(&put->request);
    put->request = request_steal(r);
}

void probe_drop(struct world *w, const char *key)
{
    struct put *put = find(w, key);
    if (!put)
        return;
    vec_remove(&w->probes, put);
    probe_free(put);
}

void probe_free(void *p)
{
    struct put *put = p;
    if (!put)
        return;
    xreplace(&put->key, NULL);
    request_clear(&put->request);
    mem_auto_free(&put);
}

/* A copy: the same look may be sent again. */
void probe_fill(const struct world *w, const char *key, struct request *r)
{
    const struct put *put = find(w, key);
    if (!put)
        bug("no probe is put down for %s", key);
    const struct request *from = &put->request;
    request_init(r, from->method, from->url);
    if (from->body)
        request_body(r, xstrdup(from->body), NULL);
    for (size_t i = 0; i < from->headers.len; i++)
        strv_add(&r->headers, from->headers.at[i]);
    r->once = from->once;
    r->timeout_s = from->timeout_s;
    r->max_reply = from->max_reply;
    r->service = from->service;
}
