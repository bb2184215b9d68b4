/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing secret is shown: a document is made from the input in which secrets stand under
 * the names that are known to hold them, written, perhaps cut, and redacted. And
 * arbitrary bytes through the same functions. Input: a byte of choices, then steps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"
#include "net/http_redact.h"

#define BODY_MAX  65536
#define STEPS_MAX 400

static const char *const secret_keys[] = {
    "adminPass", "password", "secret", "user_data", "OS-EXT-SRV-ATTR:user_data",
    "PASSWORD",  "passcode", "blob",   "contents",  "private_key"};
static const char *const plain_keys[] = {"name", "id",     "server",
                                         "a",    "tokens", "metadata"};
static const char secret[] = "Sesame-4711";

#define ONE_OF(array, in) (array)[take_below((in), sizeof(array) / sizeof *(array))]

/* A value that holds the secret, in each shape in which it is hidden. */
static void add_secret(struct text *t, struct input *in)
{
    switch (take_below(in, 4)) {
    case 0:
        text_addf(t, "[\"%s\"]", secret);
        break;
    case 1:
        text_addf(t, "[\"x\", [\"%s\"]]", secret);
        break;
    default:
        text_addf(t, "\"%s\"", secret);
    }
}

static void add_plain(struct text *t, struct input *in)
{
    AUTO_FREE char *word = take_word(in);
    AUTO_FREE char *shown = text_printable(word, 200);
    /* What is no secret may not look like the one. */
    json_t *value = json_string(strstr(shown, "Sesame") ? "x" : shown);
    AUTO_FREE char *json = json_dumps(value, JSON_ENCODE_ANY);
    text_add(t, json);
    json_decref(value);
}

static void close_all(struct text *t, struct text *open)
{
    while (open->len > 0)
        text_add_c(t, open->s[--open->len]);
}

/* An object, member by member; `open` is what has to be closed, innermost last. */
static char *write_document(struct input *in)
{
    struct text t = {0}, open = {0};
    text_add(&t, "{");
    text_add(&open, "}");
    for (int n = 0; in->n > 0 && n < STEPS_MAX && open.len > 0; n++) {
        bool in_array = open.s[open.len - 1] == ']';
        unsigned what = take_byte(in) % 8;
        const char *comma = strchr("{[", t.s[t.len - 1]) ? "" : ",";
        if (what == 0 && open.len > 1) {
            text_add_c(&t, open.s[--open.len]);
        } else if (what == 1) {
            text_add(&t, comma);
            if (!in_array)
                text_addf(&t, "\"%s\":", ONE_OF(plain_keys, in));
            bool array = take_byte(in) & 1;
            text_add_c(&t, array ? '[' : '{');
            text_add_c(&open, array ? ']' : '}');
        } else if (in_array) {
            text_add(&t, comma);
            add_plain(&t, in);
        } else if (what < 5) {
            text_addf(&t, "%s\"%s\"%s", comma, ONE_OF(secret_keys, in),
                      take_byte(in) & 1 ? ": " : ":");
            add_secret(&t, in);
        } else if (what == 5) {
            text_addf(&t, "%s\"token\": {\"x\": [{}], \"id\": \"%s\"}", comma, secret);
        } else {
            text_addf(&t, "%s\"%s\":", comma, ONE_OF(plain_keys, in));
            add_plain(&t, in);
        }
    }
    close_all(&t, &open);
    text_clear(&open);
    return text_steal(&t);
}

static void check_document(struct input *in, bool cut)
{
    AUTO_FREE char *whole = write_document(in);
    size_t n = strlen(whole);
    if (cut)
        n = take_below(in, n < 65536 ? n + 1 : 65536);
    AUTO_FREE char *shown = http_redact_body(whole, n, BODY_MAX);
    must(!strstr(shown, secret));
    must(!strstr(shown, "Sesame"));
}

static void check_bytes(const struct input *in)
{
    AUTO_FREE char *body = xcalloc(in->n + 1, 1);
    if (in->n > 0)
        memcpy(body, in->p, in->n);
    AUTO_FREE char *shown = http_redact_body(body, in->n, BODY_MAX);
    must(strlen(shown) <= BODY_MAX + 64);
    AUTO_FREE char *header = http_redact_header(body);
    AUTO_FREE char *url = http_redact_url(body);
    must(header && url);
}

static char *seen; /* the last line of the log */

static void keep_line(void *ctx, const char *line)
{
    (void)ctx;
    xreplace(&seen, line);
}

/* Registered secrets are found wherever they stand, as they are and as a JSON writer or a
 * URL spells them. */
static void check_log(struct input *in)
{
    AUTO_FREE char *one = take_part(in, 300, NULL);
    AUTO_FREE char *two = take_part(in, 300, NULL);
    AUTO_FREE char *around = take_part(in, 2000, NULL);
    struct text url = {0};
    log_secret(one);
    log_secret(two);
    text_add_url(&url, one);
    AUTO_FREE char *line =
        xasprintf("%s%s%s%s%s", around, one, two, text_str(&url), around);
    AUTO_FREE char *shown = log_redact(line);
    /* The hash that stands in its place, and what surrounds it, may hold it by chance. */
    bool chance = strlen(one) < 4 || strstr(around, one) || strstr("{SHA256}", one) ||
                  strspn(one, "{SHA256}0123456789abcdef") > 0 || strstr(two, one);
    if (!chance && !*two && !*around)
        must(!strstr(shown, one));
    log_open(keep_line, NULL);
    log_debug("%s", line);
    must(seen && is_harmless(seen, strlen(seen)) && !strchr(seen, '\n'));
    xreplace(&seen, NULL);
    text_clear(&url);
    log_close();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    unsigned choices = take_byte(&in);
    switch (choices % 4) {
    case 0:
        check_bytes(&in);
        break;
    case 1:
        check_log(&in);
        break;
    default:
        check_document(&in, choices % 4 == 3);
    }
    return 0;
}
