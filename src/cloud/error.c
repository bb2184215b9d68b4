/* SPDX-License-Identifier: Apache-2.0 */
/* What a service says when it refuses, turned into an error of ours. */
#include "cloud/error.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/html.h"
#include "cloud/session.h"

enum {
    MESSAGE_CHARS = 300,
    LOOK_BYTES = 64 << 10, /* of an error body that is not JSON */
    JSON_BYTES = 1 << 20   /* of an error body that is */
};

/* The words in one object: the members that the services use for them, best first. */
static const char *words_of(const json_t *object)
{
    static const char *const keys[] = {"message",     "detail", "faultstring",
                                       "description", "reason", "title"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        const char *s = jstr(object, keys[i], "");
        if (*s)
            return s;
    }
    return NULL;
}

static const char *message_in(json_t *root)
{
    const char *key, *s = NULL;
    json_t *value;

    /* Placement: {"errors": [{"status", "title", "detail"}]} */
    s = words_of(json_array_get(json_object_get(root, "errors"), 0));
    if (s)
        return s;
    json_object_foreach(root, key, value)
    {
        s = words_of(value);
        if (s)
            return s;
    }
    s = words_of(root);
    if (s)
        return s;
    /* Old Neutron and Ironic: {"NeutronError": "text"}; proxies: {"error": "text"} */
    json_object_foreach(root, key, value)
    {
        if (json_is_string(value) && *json_string_value(value))
            return json_string_value(value);
    }
    return NULL;
}

/* Runs of blanks become one; none at either end. */
static void squeeze(char *s)
{
    char *to = s;
    for (const char *from = s; *from; from++) {
        bool blank = isspace((unsigned char)*from);
        if (!blank)
            *to++ = *from;
        else if (to > s && to[-1] != ' ')
            *to++ = ' ';
    }
    if (to > s && to[-1] == ' ')
        to--;
    *to = '\0';
}

static char *finish(char *raw)
{
    /* Services repeat what they were sent; half a secret would not be recognised. */
    AUTO_FREE char *redacted = log_redact(raw);
    free(raw);
    squeeze(redacted);
    return text_printable(redacted, MESSAGE_CHARS);
}

static json_t *error_json(const struct reply *reply)
{
    if (!reply->body || reply->body_len > JSON_BYTES)
        return NULL;
    return json_loadb(reply->body, reply->body_len, 0, NULL);
}

char *cloud_message(const struct reply *reply)
{
    AUTO_JSON json_t *root = error_json(reply);
    const char *s = message_in(root);
    if (s) /* Nova and Glance wrap the page of their web server in JSON at times */
        return finish(strstr(s, "<br") ? html_text(s, strlen(s)) : xstrdup(s));
    if (!reply->body || json_is_object(root) || json_is_array(root))
        return xstrdup("");
    size_t n = reply->body_len < LOOK_BYTES ? reply->body_len : LOOK_BYTES;
    if (html_looks_like(reply->body))
        return finish(html_text(reply->body, n));
    return finish(xstrndup(reply->body, n));
}

/* A policy's name may hold the word ("os-quota-sets") without any quota being spent. */
static bool speaks_of_quota(const char *message)
{
    return strcasestr(message, "quota") && !strcasestr(message, "policy");
}

static enum err_code code_of(const struct reply *reply, const char *message)
{
    int status = reply->status;
    switch (status) {
    case 401:
        return ERR_AUTH;
    case 403:
        return speaks_of_quota(message) ? ERR_QUOTA : ERR_FORBIDDEN;
    case 404:
        return ERR_NOTFOUND;
    case 408:
        return ERR_TIMEOUT;
    case 409:
        return speaks_of_quota(message) ? ERR_QUOTA : ERR_CONFLICT;
    case 412:
        return ERR_CONFLICT;
    case 413: /* Cinder says Retry-After: 0 with a spent quota (cinder/exception.py) */
        return reply->retry_after_s > 0 ? ERR_RATE : ERR_QUOTA;
    case 429:
        return ERR_RATE;
    default:
        if (status >= 500)
            return ERR_SERVICE;
        return status >= 400 ? ERR_REFUSED : ERR_PROTOCOL;
    }
}

/* Neutron names a spent quota by the type of its error (409 OverQuota). */
static bool is_over_quota(const struct reply *reply)
{
    AUTO_JSON json_t *root = error_json(reply);
    return text_eq(jstr(json_object_get(root, "NeutronError"), "type", ""), "OverQuota");
}

static void set_request_id(struct err *err, const struct reply *reply)
{
    if (!err || err->request_id[0])
        return;
    AUTO_FREE char *id = text_printable(reply->request_id, sizeof(err->request_id) - 1);
    size_t n = strlen(id);
    if (n < sizeof(err->request_id))
        memcpy(err->request_id, id, n + 1);
}

bool cloud_error(const struct reply *reply, enum service service, struct err *err)
{
    const char *name = service_name(service);
    if (err_is_set(err))
        return false;
    if (reply->fate != REPLY_HTTP) {
        bool said = reply->err.code != ERR_NONE;
        return err_set(err, said ? reply->err.code : ERR_CONNECT, "%s: %s", name,
                       said ? reply->err.text : "no answer");
    }
    set_request_id(err, reply);
    if (reply->status >= 200 && reply->status < 300)
        return err_set(err, ERR_PROTOCOL, "%s answered %d, but the answer is %s", name,
                       reply->status, reply->body_cut ? "cut off" : "not as documented");
    if (reply->status >= 300 && reply->status < 400 && reply_header(reply, "Location")) {
        AUTO_FREE char *to =
            text_printable(reply_header(reply, "Location"), MESSAGE_CHARS);
        return err_set(err, ERR_PROTOCOL,
                       "%s answered %d and sends us to %s: redirects are not followed, "
                       "its address should be that one",
                       name, reply->status, to);
    }
    AUTO_FREE char *message = cloud_message(reply);
    enum err_code code = is_over_quota(reply) ? ERR_QUOTA : code_of(reply, message);
    size_t n = strlen(message);
    if (n && message[n - 1] == '.' && !text_ends(message, "..."))
        message[n - 1] = '\0';
    return err_set(err, code, "%s answered %d%s%s", name, reply->status,
                   *message ? ": " : " without a word", message);
}

bool cloud_json(const struct reply *reply, enum service service, json_t **ret,
                struct err *err)
{
    if (!reply_is_ok(reply))
        return cloud_error(reply, service, err);
    json_error_t where;
    json_t *root = json_loadb(reply->body ? reply->body : "", reply->body_len,
                              JSON_REJECT_DUPLICATES, &where);
    if (!root) {
        AUTO_FREE char *why = text_printable(where.text, MESSAGE_CHARS);
        set_request_id(err, reply);
        return err_set(err, ERR_PROTOCOL, "%s answered %d, but not in JSON: %s",
                       service_name(service), reply->status, why);
    }
    if (!json_is_object(root)) {
        json_decref(root);
        set_request_id(err, reply);
        return err_set(err, ERR_PROTOCOL, "%s answered %d with JSON that is no object",
                       service_name(service), reply->status);
    }
    *ret = root;
    return true;
}
