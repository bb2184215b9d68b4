/* SPDX-License-Identifier: Apache-2.0 */
/* What a test scripts of the toy world: fates of requests, late arrivals, and the log. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "toy.h"

struct rule *toy_rule(struct toy *t, const char *match, enum fate fate)
{
    struct rule *rule = xcalloc(1, sizeof *rule);

    rule->match = match;
    rule->fate = fate;
    rule->count = 1;
    vec_add(&t->rules, rule);
    return rule;
}

static bool applies(struct rule *rule, const char *line)
{
    double now = clock_mono();

    if (!text_starts(line, rule->match) || now < rule->from ||
        (rule->until > 0 && now >= rule->until))
        return false;
    rule->met++;
    return rule->met > rule->skip &&
           (rule->count == 0 || rule->met <= rule->skip + rule->count);
}

struct rule *toy_rule_for(struct toy *t, const char *method, const char *url)
{
    AUTO_FREE char *line = xasprintf("%s %s", method, url);
    struct rule *found = NULL;

    /* All count what they met, the first that applies is it. */
    for (size_t i = 0; i < t->rules.len; i++) {
        struct rule *rule = t->rules.at[i];

        if (applies(rule, line) && !found)
            found = rule;
    }
    return found;
}

void toy_late(struct toy *t, double seconds, const char *method, const char *url)
{
    struct late *late = xcalloc(1, sizeof *late);

    late->at = clock_mono() + seconds;
    late->method = xstrdup(method);
    late->url = xstrdup(url);
    vec_add(&t->agenda, late);
}

void toy_log(struct toy *t, const char *method, const char *url)
{
    t->log_at = xrealloc(t->log_at, t->log.len + 1, sizeof *t->log_at);
    t->log_at[t->log.len] = clock_mono();
    strv_take(&t->log, xasprintf("%s %s", method, url));
}

double toy_sent_at(const struct toy *t, const char *match, int n)
{
    for (size_t i = 0; i < t->log.len; i++)
        if (text_starts(t->log.at[i], match) && n-- == 0)
            return t->log_at[i];
    fail_msg("no such request was sent: %s", match);
    return 0;
}

static int count(const struct strv *lines, const char *match)
{
    int n = 0;

    for (size_t i = 0; i < lines->len; i++)
        n += text_starts(lines->at[i], match);
    return n;
}

int toy_requests(const struct toy *t, const char *match)
{
    return count(&t->log, match);
}

int toy_events(const struct toy *t, const char *match)
{
    return count(&t->events, match);
}
