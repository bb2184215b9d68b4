/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our marks on the cloud's things, in one place: how they are spelled, and how they are
 * recognised. A claim says who works on a source and proves nothing; a target mark and an
 * image's mark find again what we made.
 *
 *   server tag      rezone:<move id>:source | rezone:<move id>:target     (2.26;
 * create 2.52) metadata        rezone = <move id>:source|target       (below, or when 50
 * tags are taken) image           name rezone-<move id>, property rezone=<move id> until
 * label, then Glance tag rezone:<move id>:image lock reason     rezone:<move id>, sealed:
 * "rezone:<move id> moved to <target id>" port, volume  name rezone:<move id>:<n>; what a
 * volume is copied by: a clone rezone:<move id>:<n>:clone, an image rezone-<move id>-<n>
 */
#ifndef MOVES_MARKS_H
#define MOVES_MARKS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define MARK_SIZE     160
#define MARK_PROPERTY "rezone"
#define MARK_ORIGIN   "rezone_of" /* metadata of a copy: the volume it is a copy of */
#define TAGS_MAX      50          /* Nova: MAX_TAG_COUNT */
#define METADATA_MAX  128 /* Nova's default; the limits reply tells the real one */

void mark_source_tag(const char *move_id, char out[MARK_SIZE]);
void mark_target_tag(const char *move_id, char out[MARK_SIZE]);
void mark_source_value(const char *move_id,
                       char out[MARK_SIZE]); /* of metadata `rezone` */
void mark_target_value(const char *move_id, char out[MARK_SIZE]);
void mark_image_name(const char *move_id, char out[MARK_SIZE]);
void mark_image_tag(const char *move_id, char out[MARK_SIZE]);
void mark_port_name(const char *move_id, size_t nic, char out[MARK_SIZE]);
/* Volumes have metadata `rezone` = <move id> too, until they get their own back. */
void mark_volume_name(const char *move_id, size_t n, char out[MARK_SIZE]);
void mark_clone_name(const char *move_id, size_t n, char out[MARK_SIZE]);
void mark_upload_name(const char *move_id, size_t n, char out[MARK_SIZE]);
void mark_lock_reason(const char *move_id, char out[MARK_SIZE]);
void mark_sealed_reason(const char *move_id, const char *target_id, char out[MARK_SIZE]);
/* The name of a sealed source: "<name>-moved-<first 8 of the move id>", the name cut so
 * that the whole has at most 255 characters (Nova's limit). Gives. */
char *mark_sealed_name(const char *name, const char *move_id);

bool mark_is_tag(const char *tag); /* any tag of ours, of any move */
/* A metadata item that is a mark of ours, of any move (a user's own `rezone` key is not).
 */
bool mark_is_metadata(const char *key, const char *value);
/* Has the server (detail document) this move's target mark, as tag or metadata? */
bool mark_server_is_target(const json_t *server, const char *move_id);
bool mark_server_is_source(const json_t *server, const char *move_id);
/* The move id of another rezone claim on the server, or NULL. Gives. */
char *mark_other_claim(const json_t *server, const char *move_id);
/* The id of another move that this server is the target of, or NULL. Gives. */
char *mark_other_target(const json_t *server, const char *move_id);
/* Ours only if marker (property or tag), instance_uuid = source and our name agree: image
 * properties are inherited by the user's later backups of the target. */
bool mark_image_is_ours(const json_t *image, const char *move_id, const char *source_id);
/* Ours only if name and metadata agree. */
bool mark_volume_is_ours(const json_t *volume, const char *move_id);
/* The image between a volume and its copy: by its name, which no server's image has. */
bool mark_upload_is_ours(const json_t *image, const char *move_id);
/* The user's own of a server's tags and metadata, without marks of any move. Give. */
json_t *mark_tags_without(const json_t *server);
json_t *mark_metadata_without(const json_t *server);
/* Which mark this server can take (by microversion and its number of the user's tags, so
 * that the answer does not change once our mark is there). server may be NULL. */
enum mark_way { MARK_TAG, MARK_METADATA };
enum mark_way mark_way_source(int compute, const json_t *server);
enum mark_way mark_way_target(int compute, const json_t *server);

#endif
