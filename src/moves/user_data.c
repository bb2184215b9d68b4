/* SPDX-License-Identifier: Apache-2.0 */
/* Which user_data the target gets. */
#include "moves/user_data.h"

#include <string.h>

#include "cloud/json.h"
#include "moves/capture.h"

/* NULL: not shown; json null: it is shown that there is none. */
static const json_t *shown(struct move *m)
{
    return json_object_get(captured_server(m), "OS-EXT-SRV-ATTR:user_data");
}

static const char *given(struct move *m)
{
    return option_of(m, OPTION_USER_DATA);
}

void refuse_user_data(struct refusal *r)
{
    const json_t *own = shown(r->move);
    const char *text = json_string_value(own);
    if (!given(r->move) || !own || (text && text_same_base64(text, given(r->move))))
        return;
    refusal_add(
        r, ERR_REFUSED,
        "the cloud shows %s, and --user-data gives another: leave --user-data out, "
        "the target gets what the source has",
        text && *text ? "its user_data" : "that it has no user_data");
}

const char *user_data_of_target(struct move *m)
{
    return shown(m) ? json_string_value(shown(m)) : given(m);
}

void announce_user_data(struct move *m)
{
    if (shown(m))
        return;
    if (given(m))
        move_announce(m, "user-data",
                      "user_data is not shown to this account: the target gets what "
                      "--user-data gave (%zu characters of base64), whatever the source "
                      "had",
                      strlen(given(m)));
    else
        move_announce(m, "user-data",
                      "user_data is not shown to this account: if there is any, the "
                      "target has none (--user-data FILE gives it one)");
}
