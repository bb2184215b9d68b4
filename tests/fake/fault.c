/* SPDX-License-Identifier: Apache-2.0 */
/* Faults on demand: a list of them, matched against each request in turn. */
#include "fault.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "identity.h"

struct fault {
    json_t *doc;
    regex_t path;
    bool has_path;
    long long skip, left; /* left -1: always */
    regex_t not_path, after_path;
    bool has_not_path, has_after_path;
    long long waits; /* for so many requests more that fit match.after */
    long long hits;
    unsigned long id;
    struct past **pasts; /* oldest first */
    size_t n_pasts;
    struct fault *next;
};

static void fault_free(struct fault *f)
{
    for (size_t i = 0; i < f->n_pasts; i++)
        past_free(f->pasts[i]);
    free(f->pasts);
    if (f->has_path)
        regfree(&f->path);
    if (f->has_not_path)
        regfree(&f->not_path);
    if (f->has_after_path)
        regfree(&f->after_path);
    json_decref(f->doc);
    free(f);
}

void faults_clear(struct cloud *cl)
{
    while (cl->faults) {
        struct fault *next = cl->faults->next;
        fault_free(cl->faults);
        cl->faults = next;
    }
}

static bool compile(regex_t *ret, const char *text, bool *ret_has, char **ret_error)
{
    *ret_has = text && regcomp(ret, text, REG_EXTENDED) == 0;
    if (text && !*ret_has)
        *ret_error = text_new("bad regular expression: %s", text);
    return !text || *ret_has;
}

bool fault_add(struct cloud *cl, const json_t *doc, char **ret_error)
{
    const char *kind = str_of(doc, "do");
    const json_t *match = json_object_get(doc, "match");
    const char *path = str_of(match, "path"), *service = str_of(match, "service");
    if (!kind || !fault_kind_known(kind)) {
        *ret_error = text_new("unknown \"do\": %s", kind ? kind : "(none)");
        return false;
    }
    struct fault *f = xcalloc(1, sizeof(*f));
    const json_t *after = json_object_get(match, "after");
    if (!compile(&f->path, path, &f->has_path, ret_error) ||
        !compile(&f->not_path, str_of(match, "not"), &f->has_not_path, ret_error) ||
        !compile(&f->after_path, str_of(after, "path"), &f->has_after_path, ret_error)) {
        fault_free(f);
        return false;
    }
    f->waits = after ? int_of(after, "skip") + 1 : 0;
    f->doc = json_deep_copy(doc);
    f->id = ++cl->fault_ids;
    json_object_set_new(f->doc, "id", json_integer((json_int_t)f->id));
    f->skip = int_of(doc, "skip");
    f->left = json_object_get(doc, "count") ? int_of(doc, "count") : 1;
    if (strcmp(kind, "list_lag") == 0) {
        if (!service) {
            *ret_error = xstrdup("list_lag needs match.service");
            fault_free(f);
            return false;
        }
        f->pasts = xcalloc(1, sizeof(*f->pasts));
        f->pasts[0] = past_take(cl, service);
        f->n_pasts = 1;
    }
    struct fault **at = &cl->faults;
    while (*at)
        at = &(*at)->next;
    *at = f;
    return true;
}

json_t *faults_json(const struct cloud *cl)
{
    json_t *list = json_array();
    for (const struct fault *f = cl->faults; f; f = f->next) {
        json_t *doc = json_copy(f->doc);
        json_object_set_new(doc, "hits", json_integer(f->hits));
        json_object_set_new(doc, "left", json_integer(f->left));
        json_array_append_new(list, doc);
    }
    return list;
}

/* A GET of a collection, as against one of its members. */
static bool is_list(const struct request *rq)
{
    const char *last = strrchr(rq->path, '/');
    static const char *const names[] = {
        "servers",   "detail",   "images",  "ports",           "floatingips",  "volumes",
        "snapshots", "networks", "subnets", "security-groups", "os-migrations"};
    if (strcmp(rq->method, "GET") != 0 || !last)
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(names[i], last + 1) == 0)
            return true;
    }
    return false;
}

static bool user_fits(struct cloud *cl, struct request *rq, const char *name)
{
    struct reply ignored = {0};
    bool known = identity_token(cl, rq, &ignored);
    reply_clear(&ignored);
    return known && strcmp(rq->who.user->name, name) == 0;
}

static bool fits(struct cloud *cl, const struct fault *f, struct request *rq, bool reused)
{
    const json_t *match = json_object_get(f->doc, "match");
    const char *service = str_of(match, "service"), *method = str_of(match, "method");
    const char *body = str_of(match, "body"), *user = str_of(match, "user");
    const char *kind = str_of(f->doc, "do"), *query = str_of(match, "query");
    size_t n = service ? strlen(service) : 0;
    if (service && (strncmp(rq->path + 1, service, n) != 0 ||
                    (rq->path[1 + n] != '/' && rq->path[1 + n] != '\0')))
        return false;
    if (method && strcmp(method, rq->method) != 0)
        return false;
    if (f->has_path && regexec(&f->path, rq->path, 0, NULL, 0) != 0)
        return false;
    if (f->has_not_path && regexec(&f->not_path, rq->path, 0, NULL, 0) == 0)
        return false;
    if (body && (!rq->body || !strstr(rq->body, body)))
        return false;
    if (query && !request_query(rq, query))
        return false;
    if (true_of(match, "mutating") && !request_changes(rq))
        return false;
    if (user && !user_fits(cl, rq, user))
        return false;
    if (strcmp(kind, "close_reused") == 0 && !reused)
        return false;
    return strcmp(kind, "list_lag") != 0 || is_list(rq);
}

static bool begins(const struct fault *f, const struct request *rq)
{
    const json_t *after = json_object_get(json_object_get(f->doc, "match"), "after");
    const char *method = str_of(after, "method"), *body = str_of(after, "body");
    if (method && strcmp(method, rq->method) != 0)
        return false;
    if (body && (!rq->body || !strstr(rq->body, body)))
        return false;
    return !f->has_after_path || regexec(&f->after_path, rq->path, 0, NULL, 0) == 0;
}

json_t *fault_match(struct cloud *cl, struct request *rq, bool reused)
{
    for (struct fault *f = cl->faults; f; f = f->next) {
        if (f->waits > 0) {
            f->waits -= begins(f, rq);
            continue;
        }
        if (f->left == 0 || !fits(cl, f, rq, reused))
            continue;
        if (f->skip > 0) {
            f->skip--;
            continue;
        }
        if (f->left > 0)
            f->left--;
        f->hits++;
        return json_incref(f->doc);
    }
    return NULL;
}

struct past *fault_past(struct cloud *cl, const json_t *how)
{
    struct fault *f = cl->faults;
    while (f && f->doc != how)
        f = f->next;
    if (!f)
        return NULL;
    const json_t *k = json_object_get(how, "looks");
    if (!k)
        k = json_object_get(how, "k");
    size_t looks = k ? (size_t)json_integer_value(k) : 1;
    f->pasts = xrealloc(f->pasts, (f->n_pasts + 1) * sizeof(*f->pasts));
    f->pasts[f->n_pasts++] =
        past_take(cl, str_of(json_object_get(how, "match"), "service"));
    while (f->n_pasts > looks + 1) {
        past_free(f->pasts[0]);
        f->n_pasts--;
        memmove(f->pasts, f->pasts + 1, f->n_pasts * sizeof(*f->pasts));
    }
    return f->pasts[0];
}

static char *with_group(const char *path, const char *group)
{
    const char *at = strstr(path, "{1}");
    if (!at)
        return xstrdup(path);
    return text_new("%.*s%s%s", (int)(at - path), path, group, at + 3);
}

static char *first_group(struct cloud *cl, const json_t *how, const struct request *rq)
{
    regmatch_t m[2] = {{-1, -1}, {-1, -1}};
    for (const struct fault *f = cl->faults; f; f = f->next) {
        if (f->doc == how && f->has_path && regexec(&f->path, rq->path, 2, m, 0) == 0 &&
            m[1].rm_so >= 0)
            return xstrndup(rq->path + m[1].rm_so, (size_t)(m[1].rm_eo - m[1].rm_so));
    }
    return xstrdup("");
}

/* A token for the script's user, as if he had asked for one. */
static void give_token(struct cloud *cl, struct request *rq, const char *name)
{
    const struct user *u = cloud_user(cl, name);
    if (!u)
        return;
    char *id = text_new("script-%s", name);
    struct token *t = table_get(&cl->tokens, id);
    if (!t) {
        t = xcalloc(1, sizeof(*t));
        table_put(&cl->tokens, id, t);
    }
    *t = (struct token){.who = {.user = u, .project = u->project, .admin = u->admin},
                        .issued = cloud_now(cl),
                        .expires = cloud_now(cl) + 3600,
                        .method = "password"};
    pairs_add(&rq->headers, "X-Auth-Token", id);
    free(id);
}

static void run_one(struct cloud *cl, const json_t *item, const char *group,
                    const struct request *cause)
{
    const char *cloud = str_of(item, "cloud"), *version = str_of(item, "microversion");
    const char *method = str_of(item, "method"), *path = str_of(item, "path");
    json_t *body = json_object_get(item, "body");
    if (!path)
        return;
    char *full = with_group(path, group);
    size_t n = strcspn(full, "?");
    char *bare = xstrndup(full, n);
    struct request rq;
    struct reply rp = {0};
    request_init(&rq, method ? method : "GET", bare);
    if (full[n])
        request_add_query(&rq, full + n + 1);
    rq.base = xstrdup(cause->base);
    give_token(cl, &rq, cloud ? cloud : "demo");
    if (version) {
        char *both = text_new("compute %s", version);
        pairs_add(&rq.headers, "X-OpenStack-Nova-API-Version", version);
        pairs_add(&rq.headers, "OpenStack-API-Version", both);
        free(both);
    }
    pairs_add(&rq.headers, "Content-Type",
              str_of(item, "content_type") ? str_of(item, "content_type")
                                           : "application/json");
    if (body) {
        rq.body = json_dumps(body, JSON_ENCODE_ANY);
        rq.size = strlen(rq.body);
        rq.json = json_deep_copy(body);
    }
    cloud_serve(cl, &rq, &rp);
    reply_clear(&rp);
    request_clear(&rq);
    free(bare);
    free(full);
}

void fault_script(struct cloud *cl, const json_t *how, const struct request *rq)
{
    size_t i;
    json_t *item;
    char *group = first_group(cl, how, rq);
    json_array_foreach(json_object_get(how, "script"), i, item)
        run_one(cl, item, group, rq);
    free(group);
}
