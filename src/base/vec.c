/* SPDX-License-Identifier: Apache-2.0 */
/* Growing arrays: of pointers, and of strings that the array owns. */
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

void vec_add(struct vec *v, void *p)
{
    if (v->len == v->cap) {
        v->cap = v->cap ? v->cap * 2 : 8;
        v->at = xrealloc(v->at, v->cap, sizeof(*v->at));
    }
    v->at[v->len++] = p;
}

void *vec_take(struct vec *v, size_t i)
{
    if (i >= v->len)
        bug("vec_take: %zu of %zu", i, v->len);
    void *p = v->at[i];
    memmove(v->at + i, v->at + i + 1, (v->len - i - 1) * sizeof(*v->at));
    v->len--;
    return p;
}

bool vec_remove(struct vec *v, const void *p)
{
    for (size_t i = 0; i < v->len; i++)
        if (v->at[i] == p) {
            vec_take(v, i);
            return true;
        }
    return false;
}

void vec_clear(struct vec *v, void (*free_one)(void *))
{
    for (size_t i = 0; free_one && i < v->len; i++)
        free_one(v->at[i]);
    free(v->at);
    *v = (struct vec){0};
}

void strv_add(struct strv *v, const char *s)
{
    strv_take(v, xstrdup(s ? s : ""));
}

void strv_take(struct strv *v, char *s)
{
    if (v->len + 1 >= v->cap) {
        v->cap = v->cap ? v->cap * 2 : 8;
        v->at = xrealloc(v->at, v->cap, sizeof(*v->at));
    }
    v->at[v->len++] = s;
    v->at[v->len] = NULL;
}

bool strv_has(const struct strv *v, const char *s)
{
    for (size_t i = 0; i < v->len; i++)
        if (text_eq(v->at[i], s))
            return true;
    return false;
}

void strv_remove(struct strv *v, const char *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < v->len; i++) {
        if (text_eq(v->at[i], s))
            free(v->at[i]);
        else
            v->at[kept++] = v->at[i];
    }
    v->len = kept;
    if (v->at)
        v->at[kept] = NULL;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *v)
{
    if (v->len > 1)
        qsort(v->at, v->len, sizeof(*v->at), by_bytes);
}

char *strv_join(const struct strv *v, const char *sep)
{
    struct text t = {0};
    for (size_t i = 0; i < v->len; i++) {
        if (i)
            text_add(&t, sep);
        text_add(&t, v->at[i]);
    }
    return text_steal(&t);
}

void strv_split(struct strv *v, const char *s, char sep)
{
    while (s && *s) {
        const char *end = strchrnul(s, sep);
        const char *from = s, *to = end;
        while (from < to && (*from == ' ' || *from == '\t'))
            from++;
        while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
            to--;
        if (to > from)
            strv_take(v, xstrndup(from, (size_t)(to - from)));
        s = *end ? end + 1 : end;
    }
}

void strv_clear(struct strv *v)
{
    for (size_t i = 0; i < v->len; i++)
        free(v->at[i]);
    free(v->at);
    *v = (struct strv){0};
}
