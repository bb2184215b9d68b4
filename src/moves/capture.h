/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capture: everything known of the source before the first change, one JSON object.
 *
 *   taken       ISO time
 *   compute     microversion (minor) it was read with
 *   server      the whole server document
 *   flavor_id   string; flavor: the flavor document, or null when it is gone
 *   flavor_specs     the flavor's extra specs, or null when they are not shown
 *   interfaces, ports, attachments, floating_ips, networks   arrays as the services gave
 * them nics        array in NIC order, see nics.h nic_order_known  bool groups      array
 * of ids of the security groups (the ports' own) image       the base image's document,
 * or null keypair     true when the server's user is the caller and the key pair exists
 *   last_action request id of the newest instance action, or null
 *   locked_by   {user_id, project_id} of who locked it, or null
 *   server_groups    array of {id, name, policy, members}, or null when nobody tells
 *   shares      array (2.97), or null
 *   volumes     Cinder's documents in the order of attachments, null for one that is gone
 */
#ifndef MOVES_CAPTURE_H
#define MOVES_CAPTURE_H

#include "flow/step.h"

/* The first capture: rounds by move_item() (a later round needs ids of an earlier one).
 */
void capture_watch(struct move *m, struct watch *w);
enum verdict capture_seen(struct move *m, const struct look *look);
/* The second one, after the fence: all in one look; NEXT, or FAIL naming what differs. */
void recapture_watch(struct move *m, struct watch *w);
enum verdict recapture_seen(struct move *m, const struct look *look);

/* Short cuts into a capture; borrowed. */
/* The microversion that marks and locks of this move are spelled by: Nova may have been
 * upgraded, or another one configured, since it was begun. */
int captured_compute(struct move *m);
const json_t *captured_server(struct move *m);
bool captured_running(struct move *m); /* it was ACTIVE */
/* It has to be started on the way back: ACTIVE, PAUSED or SUSPENDED. */
bool captured_powered(struct move *m);
/* The status in which its guest rested, "PAUSED" or "SUSPENDED"; NULL: it did not. */
const char *captured_rest(struct move *m);
const char *captured_status(struct move *m); /* lends; "" when not shown */
bool captured_locked(struct move *m);
const char *captured_lock_reason(struct move *m); /* NULL: none or not shown */

#endif
