/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and replies of the fake cloud: storage and small questions. */
#include "http.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void pairs_add(struct pairs *p, const char *key, const char *value)
{
    p->v = xrealloc(p->v, (p->n + 1) * sizeof(*p->v));
    p->v[p->n++] = (struct pair){xstrdup(key), xstrdup(value ? value : "")};
}

void pairs_clear(struct pairs *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->v[i].key);
        free(p->v[i].value);
    }
    free(p->v);
    *p = (struct pairs){0};
}

const char *pairs_get(const struct pairs *p, const char *key)
{
    for (size_t i = 0; i < p->n; i++) {
        if (strcasecmp(p->v[i].key, key) == 0)
            return p->v[i].value;
    }
    return NULL;
}

void request_init(struct request *rq, const char *method, const char *path)
{
    *rq = (struct request){.method = xstrdup(method), .path = xstrdup(path), .mv = 1};
    char uuid[UUID_TEXT];
    uuid_make(uuid);
    snprintf(rq->id, sizeof(rq->id), "req-%s", uuid);
}

static void clear_parts(struct request *rq)
{
    for (size_t i = 0; i < rq->n_parts; i++)
        free(rq->part[i]);
    rq->n_parts = 0;
}

void request_clear(struct request *rq)
{
    clear_parts(rq);
    pairs_clear(&rq->query);
    pairs_clear(&rq->headers);
    free(rq->method);
    free(rq->path);
    free(rq->body);
    free(rq->base);
    json_decref(rq->json);
    *rq = (struct request){0};
}

const char *request_query(const struct request *rq, const char *key)
{
    for (size_t i = 0; i < rq->query.n; i++) {
        if (strcmp(rq->query.v[i].key, key) == 0)
            return rq->query.v[i].value;
    }
    return NULL;
}

const char *request_header(const struct request *rq, const char *key)
{
    return pairs_get(&rq->headers, key);
}

void request_split(struct request *rq, size_t skip)
{
    clear_parts(rq);
    const char *p = rq->path;
    while (*p) {
        while (*p == '/')
            p++;
        size_t n = strcspn(p, "/");
        if (n == 0)
            break;
        if (skip > 0)
            skip--;
        else if (rq->n_parts < PATH_PARTS)
            rq->part[rq->n_parts++] = xstrndup(p, n);
        p += n;
    }
}

static char *decode(const char *s, size_t n)
{
    char *out = xcalloc(n + 1, 1);
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '%' && i + 2 < n && isxdigit((unsigned char)s[i + 1]) &&
            isxdigit((unsigned char)s[i + 2])) {
            char hex[3] = {s[i + 1], s[i + 2], 0};
            out[used++] = (char)strtol(hex, NULL, 16);
            i += 2;
        } else {
            out[used++] = s[i] == '+' ? ' ' : s[i];
        }
    }
    return out;
}

void request_add_query(struct request *rq, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "&");
        size_t k = strcspn(text, "=&");
        char *key = decode(text, k);
        char *value = k < n ? decode(text + k + 1, n - k - 1) : xstrdup("");
        pairs_add(&rq->query, key, value);
        free(key);
        free(value);
        text += n + (text[n] == '&');
    }
}

void reply_clear(struct reply *rp)
{
    json_decref(rp->json);
    free(rp->text);
    free(rp->page);
    free(rp->detail);
    pairs_clear(&rp->headers);
    *rp = (struct reply){0};
}

void reply_json(struct reply *rp, int status, json_t *json)
{
    json_decref(rp->json);
    free(rp->text);
    free(rp->page);
    free(rp->detail);
    rp->text = rp->page = rp->detail = NULL;
    rp->status = status;
    rp->json = json;
    rp->type = "application/json";
}

void reply_text(struct reply *rp, int status, const char *type, const char *text)
{
    json_decref(rp->json);
    rp->json = NULL;
    free(rp->text);
    free(rp->page);
    free(rp->detail);
    rp->page = rp->detail = NULL;
    rp->status = status;
    rp->type = type;
    rp->text = xstrdup(text);
    rp->size = strlen(text);
}

void reply_header(struct reply *rp, const char *key, const char *fmt, ...)
{
    char *value = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&value, fmt, ap) < 0)
        abort();
    va_end(ap);
    pairs_add(&rp->headers, key, value);
    free(value);
}

void reply_render(struct reply *rp)
{
    if (rp->json && !rp->text) {
        rp->text = json_dumps(rp->json, JSON_ENCODE_ANY);
        rp->size = rp->text ? strlen(rp->text) : 0;
    }
    if (!rp->text) {
        rp->text = xstrdup("");
        rp->size = 0;
    }
}
