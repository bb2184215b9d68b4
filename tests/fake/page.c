/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as WebOb writes them: HTML, JSON or text, by what the client accepts. */
#include "page.h"

#include <stdlib.h>
#include <string.h>

static const char *title_of(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {{400, "Bad Request"},
                  {401, "Unauthorized"},
                  {403, "Forbidden"},
                  {404, "Not Found"},
                  {405, "Method Not Allowed"},
                  {409, "Conflict"},
                  {413, "Request Entity Too Large"},
                  {415, "Unsupported Media Type"}};
    for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++) {
        if (titles[i].status == status)
            return titles[i].title;
    }
    return "Internal Server Error";
}

void page_set(struct reply *rp, int status, const char *explanation, const char *detail)
{
    reply_json(rp, status, NULL);
    rp->page = xstrdup(explanation);
    rp->detail = xstrdup(detail);
}

void page_finish(const struct request *rq, struct reply *rp)
{
    const char *accept = request_header(rq, "Accept");
    if (!rp->page)
        return;
    int status = rp->status;
    char *explanation = rp->page, *detail = rp->detail;
    rp->page = rp->detail = NULL;
    const char *title = title_of(status);
    if (accept && (strstr(accept, "html") || strstr(accept, "*/*"))) {
        char *page =
            text_new("<html>\n <head>\n  <title>%d %s</title>\n </head>\n <body>\n"
                     "  <h1>%d %s</h1>\n  %s<br /><br />\n%s\n\n\n </body>\n</html>",
                     status, title, status, title, explanation, detail);
        reply_text(rp, status, "text/html; charset=UTF-8", page);
        free(page);
    } else if (accept && strstr(accept, "json")) {
        reply_json(rp, status,
                   json_pack("{s:s++++, s:o, s:s}", "message", explanation,
                             "<br /><br />\n", detail, "\n", "\n", "code",
                             json_sprintf("%d %s", status, title), "title", title));
    } else {
        char *page = text_new("%d %s\n\n%s\n\n %s  ", status, title, explanation, detail);
        reply_text(rp, status, "text/plain; charset=UTF-8", page);
        free(page);
    }
    free(explanation);
    free(detail);
}
