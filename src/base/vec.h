/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing array of pointers, and one of strings that it owns.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>

struct vec {
    void **at;
    size_t len, cap;
};

void vec_add(struct vec *v, void *p);
void *vec_take(struct vec *v, size_t i); /* removes, keeps the order, gives it back */
bool vec_remove(struct vec *v, const void *p);
void vec_clear(struct vec *v, void (*free_one)(void *)); /* free_one may be NULL */

struct strv {
    char **at; /* NULL-terminated once something was added */
    size_t len, cap;
};

void strv_add(struct strv *v, const char *s); /* copies */
void strv_take(struct strv *v, char *s);      /* takes s */
bool strv_has(const struct strv *v, const char *s);
void strv_remove(struct strv *v, const char *s);
void strv_sort(struct strv *v);
char *strv_join(const struct strv *v, const char *sep); /* gives */
/* Adds the parts, blanks trimmed, empty ones left out. */
void strv_split(struct strv *v, const char *s, char sep);
void strv_clear(struct strv *v);

#endif
