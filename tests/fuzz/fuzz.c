/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs taken apart, JSON changed by them, and the properties that targets hold. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud_double.h"

uint8_t take_byte(struct input *in)
{
    if (in->n == 0)
        return 0;
    in->n--;
    return *in->p++;
}

size_t take_below(struct input *in, size_t n)
{
    size_t value = take_byte(in);
    if (n > 256)
        value = value << 8 | take_byte(in);
    return n > 0 ? value % n : 0;
}

char *take_part(struct input *in, size_t max, size_t *ret_len)
{
    const uint8_t *end = in->n > 0 ? memchr(in->p, 0xFF, in->n) : NULL;
    size_t n = end ? (size_t)(end - in->p) : in->n, kept = n < max ? n : max;
    char *part = xcalloc(kept + 1, 1);
    if (kept > 0)
        memcpy(part, in->p, kept);
    in->p += n + (end != NULL);
    in->n -= n + (end != NULL);
    if (ret_len)
        *ret_len = kept;
    return part;
}

/* What the readers compare with, and what has hurt others. */
static const char *const words[] = {
    "",
    "ACTIVE",
    "SHUTOFF",
    "ERROR",
    "DELETED",
    "SOFT_DELETED",
    "UNKNOWN",
    "BUILD",
    "PAUSED",
    "active",
    "queued",
    "saving",
    "killed",
    "deleted",
    "deleting",
    "powering-off",
    "image_snapshot",
    "createImage",
    "lock",
    "unlock",
    "Error",
    DOUBLE_SOURCE,
    DOUBLE_TARGET,
    DOUBLE_IMAGE,
    DOUBLE_MOVE,
    "rezone-" DOUBLE_MOVE,
    "rezone:" DOUBLE_MOVE,
    "rezone:" DOUBLE_MOVE ":source",
    "rezone:" DOUBLE_MOVE ":target",
    "rezone:" DOUBLE_MOVE ":image",
    DOUBLE_MOVE ":target",
    "rezone:00000000-0000-4000-8000-00000000000f:source",
    "rezone:00000000-0000-4000-8000-00000000000f:target",
    "rezone:" DOUBLE_MOVE " moved to " DOUBLE_TARGET,
    "az1",
    "az2",
    "..",
    "../../servers",
    "a/b?c=d&e#f",
    "%s%n%99999d",
    "\x1b[2J\x1b]0;x\x07",
    "\xc2\x9b"
    "31m\xe2\x80\xae\xf3\xa0\x81\x81",
    "\r\nX-Injected: 1",
    "2026-11-20T10:00:00Z",
    "9999999999999999999999",
    "=cmd|' /C calc'!A0",
};

static char *long_word(struct input *in)
{
    static const size_t lengths[] = {159, 160, 161, 255, 256, 300, 1023, 5000};
    size_t n = lengths[take_below(in, sizeof lengths / sizeof lengths[0])];
    char *word = xcalloc(n + 1, 1);
    memset(word, 'a', n);
    return word;
}

char *take_word(struct input *in)
{
    const size_t known = sizeof words / sizeof words[0];
    size_t which = take_below(in, known + 8);
    if (which < known)
        return xstrdup(words[which]);
    if (which < known + 3)
        return long_word(in);
    return take_part(in, 4096, NULL);
}

static json_t *own_text(struct input *in)
{
    AUTO_FREE char *word = take_word(in);
    json_t *text = json_string(word);
    return text ? text : json_string("");
}

/* JSON text of the input's own; what cannot be read is null. */
static json_t *own_json(struct input *in)
{
    size_t n;
    AUTO_FREE char *text = take_part(in, 65536, &n);
    json_t *value = json_loadb(text, n, JSON_DECODE_ANY, NULL);
    return value ? value : json_null();
}

json_t *take_value(struct input *in)
{
    switch (take_below(in, 16)) {
    case 0:
        return json_null();
    case 1:
        return json_true();
    case 2:
        return json_false();
    case 3:
        return json_integer((json_int_t)take_below(in, 256) - 2);
    case 4:
        return json_integer(take_byte(in) & 1 ? INT64_MIN : INT64_MAX);
    case 5:
        return json_real(take_byte(in) & 1 ? 1e308 : -0.5);
    case 6:
        return json_array();
    case 7:
        return json_object();
    case 8:
        return own_json(in);
    default:
        return own_text(in);
    }
}

static size_t count_nodes(const json_t *j)
{
    const char *key;
    json_t *member;
    size_t n = 1, i;
    json_object_foreach((json_t *)j, key, member) n += count_nodes(member);
    json_array_foreach(j, i, member) n += count_nodes(member);
    return n;
}

static void change_array(json_t *array, size_t at, struct input *in)
{
    switch (take_below(in, 6)) {
    case 0:
        json_array_remove(array, at);
        break;
    case 1:
        json_array_append_new(array, json_deep_copy(json_array_get(array, at)));
        break;
    default:
        json_array_set_new(array, at, take_value(in));
    }
}

static void change_object(json_t *object, const char *key, struct input *in)
{
    AUTO_FREE char *name = xstrdup(key); /* the key goes with its member */
    AUTO_FREE char *other = NULL;
    switch (take_below(in, 8)) {
    case 0:
        json_object_del(object, name);
        break;
    case 1:
        other = take_word(in);
        json_object_set_new(object, other, take_value(in));
        break;
    default:
        json_object_set_new(object, name, take_value(in));
    }
}

/* Counts down to the node of that number, in the order of writing. */
static bool change_nth(json_t *j, size_t *left, struct input *in)
{
    const char *key;
    json_t *member;
    size_t i;
    json_object_foreach(j, key, member)
    {
        if ((*left)-- == 0) {
            change_object(j, key, in);
            return true;
        }
        if (change_nth(member, left, in))
            return true;
    }
    json_array_foreach(j, i, member)
    {
        if ((*left)-- == 0) {
            change_array(j, i, in);
            return true;
        }
        if (change_nth(member, left, in))
            return true;
    }
    return false;
}

void change_json(json_t **root, struct input *in)
{
    size_t at = take_below(in, count_nodes(*root) % 65536);
    if (at-- == 0) {
        json_t *value = take_value(in);
        json_decref(*root);
        *root = value;
        return;
    }
    change_nth(*root, &at, in);
}

/* ---- properties ---- */

void must_at(const char *file, int line, bool good, const char *property)
{
    if (good)
        return;
    fprintf(stderr, "%s:%d: broken: %s\n", file, line, property);
    abort();
}

bool is_harmless(const char *s, size_t n)
{
    if (strlen(s) != n)
        return false;
    AUTO_FREE char *shown = xcalloc(n + 1, 1);
    memcpy(shown, s, n);
    for (char *p = shown; *p; p++)
        if (*p == '\n')
            *p = ' ';
    /* What text_printable() has nothing to do for; it is a target of its own unit test.
     */
    AUTO_FREE char *again = text_printable(shown, SIZE_MAX);
    return !strcmp(shown, again);
}

bool is_good_error(const struct err *err)
{
    return err_is_set(err) && *err->text && !strchr(err->text, '\n') &&
           is_harmless(err->text, strlen(err->text)) &&
           is_harmless(err->request_id, strlen(err->request_id));
}

bool is_good_request(const struct request *r)
{
    static const char *const methods[] = {"GET",   "POST",   "PUT",
                                          "PATCH", "DELETE", "CONNECT"};
    bool known = false;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        known = known || text_eq(r->method, methods[i]);
    if (!known || !r->url || strstr(r->url, "/../") || text_ends(r->url, "/.."))
        return false;
    for (const char *p = r->url; *p; p++)
        if (*p <= ' ' || *p >= 0x7f)
            return false;
    for (size_t i = 0; i < r->headers.len; i++)
        if (strpbrk(r->headers.at[i], "\r\n"))
            return false;
    return true;
}

/* ---- files ---- */

static char folder[64];

static void remove_folder(void)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        AUTO_FREE char *path = xasprintf("%s/%s", folder, entry->d_name);
        (void)unlink(path);
    }
    if (dir)
        closedir(dir);
    (void)rmdir(folder);
}

const char *scratch_folder(void)
{
    if (!*folder) {
        snprintf(folder, sizeof folder, "%s/rezone-fuzz-XXXXXX",
                 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        must(mkdtemp(folder) != NULL);
        atexit(remove_folder);
    }
    return folder;
}

void scratch_write(const char *path, const void *bytes, size_t n)
{
    FILE *out = fopen(path, "wb");
    must(out != NULL);
    must(n == 0 || fwrite(bytes, 1, n, out) == n);
    must(fclose(out) == 0);
}
