/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host names as Nova makes and takes them.
 */
#ifndef MOVES_HOSTNAME_H
#define MOVES_HOSTNAME_H

#include <stdbool.h>

/* What Nova derives from a server's name ("" when nothing is left of it: then it takes
 * "Server-<id>"). server_max: the highest microversion that the server offers: dots
 * become dashes since Xena (2.90). Gives. Source: nova/utils.py sanitize_hostname,
 * 2020.2, 2022.2, 2026.2. */
char *hostname_derived(const char *name, int server_max);
/* May it be sent in POST /servers? Not below 2.90; 2 to 63 letters, digits and inner
 * dashes; from 2.94 on dots and underscores too, 1 to 255. */
bool hostname_can_be_sent(const char *hostname, int compute);

#endif
