/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Servers by what they have: --name, --tag and so on, combined with "and", compared by us
 * (Nova ignores filters that it does not know, and then lists everything).
 */
#ifndef CLI_SELECT_H
#define CLI_SELECT_H

#include "cli/launch.h"

/* The option rows of a selection, to be put into a command's table. */
#define SELECT_ROWS                                                                      \
    {"name", 0, "GLOB", OPTION_TEXT, NULL, "0.1.0", "servers with such a name"},         \
        {"tag",                                                                          \
         0,                                                                              \
         "TAG",                                                                          \
         OPTION_TEXT,                                                                    \
         NULL,                                                                           \
         "0.1.0",                                                                        \
         "servers with this tag; may be repeated"},                                      \
        {"metadata",                                                                     \
         0,                                                                              \
         "KEY=VALUE",                                                                    \
         OPTION_PAIR,                                                                    \
         NULL,                                                                           \
         "0.1.0",                                                                        \
         "servers with this metadata; may be repeated"},                                 \
        {"status", 0, "STATUS", OPTION_TEXT, NULL, "0.1.0", "servers in this status"},   \
        {"flavor", 0, "FLAVOR", OPTION_TEXT, NULL, "0.1.0", "servers of this flavor"},   \
    {                                                                                    \
        "host", 0, "HOST", OPTION_TEXT, NULL, "0.1.0",                                   \
            "servers on this host (seen by administrators only)"                         \
    }

bool select_given(const struct call *call); /* is any of them there? */
/* Does the server (detail document) match all of them? */
bool select_matches(const struct call *call, const json_t *server);
/* Adds all servers of the project that match. */
bool select_find(struct launch *l, struct err *err);

#endif
