/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as WebOb writes them: HTML, JSON or text, by what the client accepts. */
#ifndef FAKE_PAGE_H
#define FAKE_PAGE_H

#include "http.h"

/* Sets an error; page_finish() gives it its form. WebOb has two places for words: detail
 * may be "". */
void page_set(struct reply *rp, int status, const char *explanation, const char *detail);
/* Writes the page, if one was set, as this request wants it. */
void page_finish(const struct request *rq, struct reply *rp);

#endif
