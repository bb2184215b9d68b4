/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in headers and small members: HTTP dates, ISO times, seconds, versions,
 * URLs and tokens. Input: one text, read as each of these. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/auth.h"
#include "cloud/versions.h"
#include "fuzz.h"
#include "net/http_redact.h"

#define YEAR_10000 253402300800.0

/* What can be read can be written, and then reads the same. */
static void check_times(const char *s)
{
    double wall = -1, again = -1, seconds = -1;
    char iso[32], span[32];
    if (clock_parse_iso(s, &wall)) {
        clock_iso(wall, iso);
        must(strlen(iso) == 24);
        must(clock_parse_iso(iso, &again));
        must(wall < 0 || wall >= YEAR_10000 - 1 || fabs(again - wall) <= 0.001);
    }
    if (clock_parse_http(s, &wall)) {
        clock_iso(wall, iso);
        must(clock_parse_iso(iso, &again) && (wall < 0 || fabs(again - wall) <= 0.001));
    }
    if (text_to_seconds(s, &seconds)) {
        must(seconds >= 0 && seconds <= 1e12);
        clock_span(seconds, span);
        must(*span != '\0');
    }
}

static void check_urls(const char *s)
{
    struct microversion v;
    size_t at, n;
    if (microversion_parse(s, &v))
        must(v.major >= 0 && v.major <= 9999 && v.minor >= 0 && v.minor <= 9999);
    if (url_version(s, &at, &n))
        must(at + n <= strlen(s) && n > 1);
    if (url_is_good(s)) {
        AUTO_FREE char *base = auth_base(s);
        must(text_ends(base, "/v3"));
    }
    AUTO_FREE char *shown = http_redact_url(s);
    must(strlen(shown) <= strlen(s));
}

/* A token in one of the headers that carry them is not shown. */
static void check_redaction(const char *line)
{
    AUTO_FREE char *token = xasprintf("x-auth-TOKEN:%s", line);
    AUTO_FREE char *shown = http_redact_header(token);
    AUTO_FREE char *other = http_redact_header(line);
    const char *value = line + strspn(line, " \t");
    must(text_starts(shown, "x-auth-TOKEN: {SHA256}"));
    must(strlen(value) < 35 || !strstr(shown, value));
    must(strlen(other) <= strlen(line) + 24);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *line = xstrndup(size > 0 ? (const char *)data : "", size);
    clock_set_test(1000, 1763632800);
    check_times(line);
    check_urls(line);
    check_redaction(line);
    return 0;
}
