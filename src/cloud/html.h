/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a small HTML page: what proxies and Glance send in place of a message. */
#ifndef CLOUD_HTML_H
#define CLOUD_HTML_H

#include <stdbool.h>
#include <stddef.h>

bool html_looks_like(const char *body);
/* The text of the first n bytes: tags become blanks, common entities are decoded; head,
 * script and style are left out, and the heading (h1) if there is anything else. Gives.
 */
char *html_text(const char *body, size_t n);

#endif
