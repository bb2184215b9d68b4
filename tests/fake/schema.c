/* SPDX-License-Identifier: Apache-2.0 */
/* Strict bodies, with the messages that Nova gives. */
#include "schema.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "mem.h"
#include "pytext.h"

size_t utf8_length(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

bool json_says_true(const json_t *value)
{
    return json_is_true(value) || text_is_true(json_string_value(value));
}

static bool is_bool_word(const char *s)
{
    static const char *const words[] = {
        "True",  "true",  "TRUE",  "1", "ON",  "On",  "on",  "YES", "Yes", "yes",
        "False", "false", "FALSE", "0", "OFF", "Off", "off", "NO",  "No",  "no"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (strcmp(words[i], s) == 0)
            return true;
    }
    return false;
}

/* Nova takes printable characters of the basic plane only: no controls, nothing of four
 * bytes. */
static bool is_name(const char *s)
{
    size_t n = strlen(s);
    if (n == 0 || isspace((unsigned char)s[0]) || isspace((unsigned char)s[n - 1]))
        return false;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < 0x20 || c == 0x7f || c >= 0xf0)
            return false;
    }
    return true;
}

static bool is_number(const char *s)
{
    if (*s == '-')
        s++;
    return *s && s[strspn(s, "0123456789")] == '\0';
}

static bool kind_fits(const json_t *value, unsigned kinds)
{
    const char *s = json_string_value(value);
    if (s)
        return (kinds & (IS_STRING | IS_NAME | IS_UUID)) ||
               ((kinds & IS_BOOL) && is_bool_word(s)) ||
               ((kinds & IS_NUMBER) && is_number(s));
    return ((kinds & (IS_INT | IS_NUMBER)) && json_is_integer(value)) ||
           ((kinds & IS_BOOL) && json_is_boolean(value)) ||
           ((kinds & IS_NULL) && json_is_null(value)) ||
           ((kinds & IS_OBJECT) && json_is_object(value)) ||
           ((kinds & IS_ARRAY) && json_is_array(value));
}

void schema_complain(struct reply *rp, const char *where, const json_t *value,
                     const char *what)
{
    char *shown = py_str(value);
    if (*where)
        nova_fault(rp, 400, "Invalid input for field/attribute %s. Value: %s. %s", where,
                   shown, what);
    else
        nova_fault(rp, 400, "%s", what);
    free(shown);
}

static bool length_fits(const json_t *value, const struct key_rule *rule,
                        struct reply *rp)
{
    const char *s = json_string_value(value);
    size_t n = s ? utf8_length(s) : json_array_size(value);
    if (!s && !json_is_array(value))
        return true;
    const char *wrong = n < (size_t)rule->min                ? "short"
                        : rule->max && n > (size_t)rule->max ? "long"
                                                             : NULL;
    if (!wrong)
        return true;
    char *shown = py_repr(value);
    char *what = text_new("%s is too %s", shown, wrong);
    schema_complain(rp, rule->key, value, what);
    free(what);
    free(shown);
    return false;
}

static char *what_kind(const char *shown, unsigned kinds)
{
    static const struct {
        unsigned kind;
        const char *name;
    } names[] = {{IS_STRING | IS_NAME | IS_UUID, "'string'"},
                 {IS_INT | IS_NUMBER, "'integer'"},
                 {IS_ARRAY, "'array'"},
                 {IS_OBJECT, "'object'"},
                 {IS_NULL, "'null'"}};
    if (kinds & IS_BOOL)
        return text_new(
            "%s is not one of [True, 'True', 'TRUE', 'true', '1', 'ON', 'On', "
            "'on', 'YES', 'Yes', 'yes', False, 'False', 'FALSE', 'false', '0', "
            "'OFF', 'Off', 'off', 'NO', 'No', 'no']",
            shown);
    char *what = text_new("%s is not of type", shown);
    for (size_t i = 0, n = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (!(kinds & names[i].kind))
            continue;
        char *more = text_new("%s%s %s", what, n++ ? "," : "", names[i].name);
        free(what);
        what = more;
    }
    return what;
}

static bool value_fits(const json_t *value, const struct key_rule *rule, struct reply *rp)
{
    const char *s = json_string_value(value);
    char *what = NULL;
    char *shown = py_repr(value);
    if (!kind_fits(value, rule->kinds))
        what = what_kind(shown, rule->kinds);
    else if (s && (rule->kinds & IS_UUID) && !text_is_uuid(s))
        what = text_new("%s is not a 'uuid'", shown);
    free(shown);
    if (what) {
        schema_complain(rp, rule->key, value, what);
        free(what);
        return false;
    }
    if (!length_fits(value, rule, rp))
        return false;
    if (s && (rule->kinds & IS_NAME) && !is_name(s)) {
        nova_fault(
            rp, 400,
            "An invalid '%s' value was provided. The %s must be: printable characters. "
            "Can not start or end with whitespace.",
            rule->key, rule->key);
        return false;
    }
    return true;
}

static const struct key_rule *rule_of(const char *key, const struct key_rule *rules,
                                      size_t n, int mv)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rules[i].key, key) == 0 && (!rules[i].since || mv >= rules[i].since) &&
            (!rules[i].until || mv <= rules[i].until))
            return &rules[i];
    }
    return NULL;
}

bool keys_check(const json_t *doc, const char *where, const struct key_rule *rules,
                size_t n, int mv, struct reply *rp)
{
    if (!json_is_object(doc)) {
        char *shown = py_repr(doc);
        char *what = text_new("%s is not of type 'object'", shown);
        schema_complain(rp, where, doc, what);
        free(what);
        free(shown);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        bool now = (!rules[i].since || mv >= rules[i].since) &&
                   (!rules[i].until || mv <= rules[i].until);
        if (rules[i].required && now && !json_object_get(doc, rules[i].key)) {
            char *what = text_new("'%s' is a required property", rules[i].key);
            schema_complain(rp, where, doc, what);
            free(what);
            return false;
        }
    }
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)doc, key, value)
    {
        const struct key_rule *rule = rule_of(key, rules, n, mv);
        if (!rule) {
            char *what = text_new(
                "Additional properties are not allowed ('%s' was unexpected)", key);
            schema_complain(rp, where, doc, what);
            free(what);
            return false;
        }
        if (!value_fits(value, rule, rp))
            return false;
    }
    return true;
}

static bool metadata_key_fits(const char *key)
{
    size_t n = strlen(key);
    if (n == 0 || n > 255)
        return false;
    for (; *key; key++) {
        if (!isalnum((unsigned char)*key) && !strchr("-_:. ", *key))
            return false;
    }
    return true;
}

bool metadata_check(const json_t *doc, struct reply *rp)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)doc, key, value)
    {
        const char *s = json_string_value(value);
        char *what = NULL, *shown = py_repr(value);
        if (!metadata_key_fits(key))
            what = text_new("'%s' does not match any of the regexes: "
                            "'^[a-zA-Z0-9-_:. ]{1,255}$'",
                            key);
        else if (!s)
            what = text_new("%s is not of type 'string'", shown);
        else if (utf8_length(s) > 255)
            what = text_new("%s is too long", shown);
        free(shown);
        if (what) {
            bool of_key = !metadata_key_fits(key);
            schema_complain(rp, of_key ? "metadata" : key, of_key ? doc : value, what);
            free(what);
            return false;
        }
    }
    return true;
}

bool tag_check(const json_t *tag, const char *where, struct reply *rp)
{
    enum { MAX_TAG = 60 };
    const char *s = json_string_value(tag);
    char *shown = py_repr(tag), *what = NULL;
    if (!s)
        what = text_new("%s is not of type 'string'", shown);
    else if (!*s)
        what = text_new("%s is too short", shown);
    else if (utf8_length(s) > MAX_TAG)
        what = text_new("%s is too long", shown);
    else if (strpbrk(s, ",/"))
        what = text_new("%s does not match '^[^,/]*$'", shown);
    free(shown);
    if (!what)
        return true;
    schema_complain(rp, where, tag, what);
    free(what);
    return false;
}
