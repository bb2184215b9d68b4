/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of cloud/html: the words of a page, whatever the page looks like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/vec.h"
#include "cloud/html.h"

/* Blanks do not count. */
static void has_words(const char *page, const char *words)
{
    AUTO_FREE char *s = html_text(page, strlen(page));
    for (char *p = s; *p; p++)
        if (*p == '\n')
            *p = ' ';
    struct strv v = {0};
    strv_split(&v, s, ' ');
    AUTO_FREE char *joined = strv_join(&v, " ");
    strv_clear(&v);
    assert_string_equal(joined, words);
}

static void keeps_words_only(void **state)
{
    (void)state;
    has_words("<p>one<br/>two</p>", "one two");
    has_words("a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#x27; &unknown; e", //
              "a <b> & \"c\" 'd' &unknown; e");
    has_words(
        "<HEAD><title>t</title></HEAD><style>x{}</style><script>if (1<2) y()</script>z",
        "z");
    has_words("<h1>409 Conflict</h1> in use", "in use");
    has_words("<h1>502 Bad Gateway</h1>", "502 Bad Gateway");
    has_words("<header>kept</header>", "kept");
}

static void survives_broken_pages(void **state)
{
    (void)state;
    has_words("<", "");
    has_words("<head", "");
    has_words("<head>never closed <b>x", "");
    has_words("text <a href=", "text");
    has_words("&", "&");
    has_words("", "");
    has_words("</h1></head>x", "x");
}

static void knows_a_page(void **state)
{
    (void)state;
    assert_true(html_looks_like(" \n<html>"));
    assert_false(html_looks_like("plain"));
    assert_false(html_looks_like(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_words_only),
        cmocka_unit_test(survives_broken_pages),
        cmocka_unit_test(knows_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
