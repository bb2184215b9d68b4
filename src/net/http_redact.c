/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies, headers and URLs, fit to be shown. */
#include "net/http_redact.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

enum key_kind { KEY_PLAIN, KEY_SECRET, KEY_TOKEN, KEY_ID };

#define DEPTH_MAX 64

/* A scanner instead of a parser: a body that was cut, or is broken, is shown too, and it
 * is in such bodies that a secret must not slip through. */
struct scan {
    const char *p, *end;
    struct text out;
    size_t depth;
    size_t deeper; /* containers below the deepest that is remembered */
    struct {
        enum key_kind key;
        bool in_token;
    } at[DEPTH_MAX + 1];
};

static bool is_name(const char *s, size_t n, const char *name)
{
    return strlen(name) == n && !strncasecmp(s, name, n);
}

static enum key_kind classify(const char *s, size_t n)
{
    static const char *const secrets[] = {
        "adminpass",     "admin_pass", "password", "original_password", "new_pass",
        "auth_password", "secret",     "passcode", "private_key",       "user_data",
        "secret_key",    "blob",       "contents", "client_secret",     "access_token",
        "refresh_token", "id_token",   "token_id", "userdata"};
    /* "OS-EXT-SRV-ATTR:user_data" is user_data. */
    const char *colon = memrchr(s, ':', n);
    if (colon) {
        n -= (size_t)(colon + 1 - s);
        s = colon + 1;
    }
    for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
        if (is_name(s, n, secrets[i]))
            return KEY_SECRET;
    return is_name(s, n, "token") ? KEY_TOKEN : is_name(s, n, "id") ? KEY_ID : KEY_PLAIN;
}

static char *hashed(const char *s, size_t n)
{
    AUTO_FREE char *copy = xstrndup(s, n);
    char hex[13];
    text_hash_hex(copy, hex, sizeof(hex));
    explicit_bzero(copy, strlen(copy));
    return xasprintf("{SHA256}%s", hex);
}

static bool value_is_secret(const struct scan *s)
{
    enum key_kind key = s->at[s->depth].key;
    return s->deeper > 0 || key == KEY_SECRET || key == KEY_TOKEN ||
           (key == KEY_ID && s->at[s->depth].in_token);
}

/* Deeper than we remember the keys nothing is shown: whose value it is is not known. */
static void open_container(struct scan *s, bool is_array)
{
    enum key_kind key = s->at[s->depth].key;
    if (s->depth == DEPTH_MAX) {
        s->deeper++;
        return;
    }
    s->depth++;
    s->at[s->depth].key = is_array ? key : KEY_PLAIN;
    s->at[s->depth].in_token = !is_array && key == KEY_TOKEN;
}

static void close_container(struct scan *s)
{
    if (s->deeper > 0)
        s->deeper--;
    else if (s->depth > 0)
        s->depth--;
}

/* From the opening quote; a key when a colon follows. */
static bool scan_string(struct scan *s)
{
    const char *from = s->p + 1, *to = from;
    while (to < s->end && *to != '"')
        to += *to == '\\' && to + 1 < s->end ? 2 : 1;
    bool closed = to < s->end;
    const char *next = closed ? to + 1 : to;
    s->p = next;
    while (next < s->end && strchr(" \t\r\n", *next) && *next)
        next++;
    if (next < s->end && *next == ':') {
        if (s->deeper == 0)
            s->at[s->depth].key = classify(from, (size_t)(to - from));
    } else if (value_is_secret(s)) {
        AUTO_FREE char *hash = hashed(from, (size_t)(to - from));
        return text_addf(&s->out, "\"%s\"", hash);
    }
    return text_add_c(&s->out, '"') && text_add_n(&s->out, from, (size_t)(to - from)) &&
           (!closed || text_add_c(&s->out, '"'));
}

static bool scan_scalar(struct scan *s)
{
    const char *from = s->p;
    while (s->p < s->end && !strchr(",]}{[\" \t\r\n:", *s->p))
        s->p++;
    size_t n = (size_t)(s->p - from);
    bool telling = !is_name(from, n, "null") && !is_name(from, n, "true") &&
                   !is_name(from, n, "false");
    if (!telling || !value_is_secret(s))
        return text_add_n(&s->out, from, n);
    AUTO_FREE char *hash = hashed(from, n);
    return text_add(&s->out, hash);
}

static bool scan_one(struct scan *s)
{
    switch (*s->p) {
    case '"':
        return scan_string(s);
    case '{':
    case '[':
        open_container(s, *s->p == '[');
        break;
    case '}':
    case ']':
        close_container(s);
        break;
    case ',':
    case ':':
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        break;
    case '\0':
        return false;
    default:
        return scan_scalar(s);
    }
    return text_add_c(&s->out, *s->p++);
}

char *http_redact_body(const char *body, size_t n, size_t max)
{
    struct scan s = {.p = body, .end = body + n};
    text_init(&s.out, max);
    const char *p = body;
    while (p < s.end && *p && strchr(" \t\r\n", *p))
        p++;
    if (p == s.end || (*p != '{' && *p != '[')) {
        size_t len = strnlen(body, n);
        text_add_n(&s.out, body, len < max ? len : max);
        return text_steal(&s.out);
    }
    while (s.p < s.end && scan_one(&s))
        ;
    return text_steal(&s.out);
}

char *http_redact_header(const char *line)
{
    static const char *const secrets[] = {
        "X-Auth-Token",  "X-Subject-Token",     "X-Service-Token",
        "Authorization", "Proxy-Authorization", "X-Storage-Token",
        "Cookie",        "Set-Cookie",          "Openstack-Auth-Receipt"};
    const char *colon = strchr(line, ':');
    for (size_t i = 0; colon && i < sizeof(secrets) / sizeof(*secrets); i++)
        if (is_name(line, (size_t)(colon - line), secrets[i])) {
            const char *value = colon + 1 + strspn(colon + 1, " \t");
            AUTO_FREE char *hash = hashed(value, strlen(value));
            return xasprintf("%.*s: %s", (int)(colon - line), line, hash);
        }
    return xstrdup(line);
}

char *http_redact_url(const char *url)
{
    const char *host = strstr(url, "://");
    if (!host)
        return xstrdup(url);
    host += 3;
    size_t n = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', n);
    return at ? xasprintf("%.*s%s", (int)(host - url), url, at + 1) : xstrdup(url);
}
