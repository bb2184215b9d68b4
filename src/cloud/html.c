/* SPDX-License-Identifier: Apache-2.0 */
/* Strips the tags off an error page. */
#include "cloud/html.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

static const struct {
    const char *name, *value;
} entities[] = {
    {"&lt;", "<"},  {"&gt;", ">"},   {"&amp;", "&"},  {"&quot;", "\""},
    {"&#39;", "'"}, {"&#x27;", "'"}, {"&apos;", "'"}, {"&nbsp;", " "},
};

bool html_looks_like(const char *body)
{
    while (isspace((unsigned char)*body))
        body++;
    return *body == '<';
}

/* Is there a tag of that name ("/" included for a closing one) at s? */
static bool is_tag(const char *s, const char *end, const char *name)
{
    size_t n = strlen(name);
    if ((size_t)(end - s) < n + 2 || *s != '<' || strncasecmp(s + 1, name, n))
        return false;
    return !isalnum((unsigned char)s[n + 1]);
}

/* Behind the element that begins at s, if it is one of those without words for us. */
static const char *skip_element(const char *s, const char *end, bool heading_too)
{
    static const char *const closing[] = {"/head", "/script", "/style", "/h1"};
    for (size_t i = 0; i < (heading_too ? 4 : 3); i++) {
        if (!is_tag(s, end, closing[i] + 1))
            continue;
        while (s < end && !is_tag(s, end, closing[i]))
            s++;
        return s;
    }
    return s;
}

static size_t add_entity(struct text *t, const char *s, const char *end)
{
    for (size_t i = 0; i < sizeof(entities) / sizeof(*entities); i++) {
        size_t n = strlen(entities[i].name);
        if ((size_t)(end - s) >= n && !memcmp(s, entities[i].name, n)) {
            text_add(t, entities[i].value);
            return n;
        }
    }
    text_add_c(t, '&');
    return 1;
}

static char *strip(const char *s, const char *end, bool heading_too)
{
    struct text t;
    text_init(&t, 0);
    while (s < end) {
        s = skip_element(s, end, heading_too);
        if (s == end)
            break;
        if (*s == '<') {
            const char *close = memchr(s, '>', (size_t)(end - s));
            text_add_c(&t, ' ');
            s = close ? close + 1 : end;
        } else if (*s == '&') {
            s += add_entity(&t, s, end);
        } else {
            text_add_c(&t, *s++);
        }
    }
    return text_steal(&t);
}

char *html_text(const char *body, size_t n)
{
    char *s = strip(body, body + n, true);
    if (s[strspn(s, " \t\r\n")])
        return s;
    free(s);
    return strip(body, body + n, false);
}
