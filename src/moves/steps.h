/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that strategies share, by noun: of servers (steps_server.c, steps_target.c), of
 * images (steps_image.c), of the end (steps_commit.c). A strategy's file lists them in
 * its tables.
 *
 * What a row learned and a later one needs are facts, by these names.
 */
#ifndef MOVES_STEPS_H
#define MOVES_STEPS_H

#include "flow/step.h"
#include "moves/world.h"

#define FACT_IMAGE        "image"      /* id of the snapshot */
#define FACT_TARGET_UP    "target_up"  /* the target was seen running */
#define FACT_WAS_TARGET   "was_target" /* id of the target that the way back deleted */
#define FACT_IMAGE_MARK   "image_has_mark" /* properties that label takes off */
#define FACT_IMAGE_REASON "image_has_reason"
#define FACT_ACT          "act" /* what an undo with several acts asked for last */
#define FACT_FAILED       "snapshot_failed" /* its reason is being read */
#define FACT_QUEUED       "image_queued_since"
#define FACT_KEEP_IMAGE   "keep_image" /* commit --keep-image */
#define FACT_ACCEPTED     "accepted"   /* names of differences that a person took */
#define FACT_PORTS        "ports"      /* ports.h: which port each NIC has by now */
#define FACT_NIC          "nic"        /* where rows over things with several acts are */
#define FACT_COPIES       "copies"     /* copies.h: what was made for which volume */
#define FACT_COPY_ZONE    "copy_zone"  /* Cinder's, of the copies; none: each its own */
#define FACT_ADDRESS      "address"    /* of the target, that probes ask */
#define FACT_REVISION     "revision"   /* of what the next If-Match names */
#define FACT_FORWARDS     "forwards_refused" /* numbers of those that were, joined by , */

/* steps_server.c: the source */
watch_fn watch_source;
seen_fn claim_seen, unlock_seen, stop_seen, fence_seen;
ask_fn claim_ask, unlock_ask, stop_ask, fence_ask;
heard_fn unlock_heard, stop_heard;
guard_fn guard_source_off, guard_source_fenced;
/* SHUTOFF and no task; otherwise tells in `serving` what that means. */
bool source_is_off(struct move *m, const json_t *doc, struct err *err);
bool move_target_is_up(const struct move *m); /* as far as its rows have seen */
extern const struct step undo_claim, undo_unlock, undo_stop, undo_fence, undo_fence_again;
/* fence_seen for another row that fences: step_id is that row's. */
enum verdict fence_seen_as(struct move *m, const struct look *look, const char *step_id);
/* What no row of the source can go on from. NEXT: it is there and can be judged. */
enum verdict source_there(struct move *m, const struct look *look, json_t **doc);
/* On the way back: NEXT with *doc, NEXT without it when the source is gone and a person
 * discards, else what to say of that. */
enum verdict source_back_there(struct move *m, const struct look *look, json_t **doc);

/* steps_rest.c: a source whose guest is paused or suspended; all pass for others */
seen_fn wake_seen;
ask_fn wake_ask;
heard_fn wake_heard;
extern const struct step undo_wake;
/* Fills in what puts a running server into that status: SHUTOFF, PAUSED, SUSPENDED. */
void rest_request(const struct session *s, struct request *r, const char *id,
                  const char *status);

/* steps_volume.c: data volumes */
watch_fn free_volumes_watch, volume_flags_watch;
seen_fn free_volumes_seen, volume_flags_seen;
ask_fn free_volumes_ask, volume_flags_ask;
heard_fn free_volumes_heard, volume_flags_heard;
extern const struct step undo_free_volumes;

/* steps_copy.c: with --volumes copy; all pass with keep */
watch_fn clone_watch, upload_watch, forget_watch, copy_watch, copied_watch, drop_watch,
    volume_names_watch, volumes_left_watch, copies_sweep_watch;
seen_fn clone_seen, upload_seen, forget_seen, copy_seen, copied_seen, drop_seen,
    volume_names_seen, volumes_left_seen;
ask_fn clone_ask, upload_ask, forget_ask, copy_ask, drop_ask, volume_names_ask;
heard_fn clone_heard, upload_heard, forget_heard, copy_heard, drop_heard,
    volume_names_heard;
extern const struct step undo_clone, undo_upload, undo_copy;
/* For the sweep. keep: the copies that the target has stay. */
enum verdict copies_sweep_seen(struct move *m, const struct look *look, bool keep);
bool copies_sweep_ask(struct move *m, struct request *r); /* false: nothing of this */
/* One of these was refused: it is named in left[]. false: it was none of these. */
bool copies_sweep_refused(struct move *m);

/* last_copy.c: before the source is deleted */
void last_copies_watch(struct move *m, struct watch *w);
bool last_copies_are_told(struct move *m, const struct look *look);
/* Is the copy of every volume that Nova would delete with the source on the target?
 * false: err names the one that is not. Look at the target too. */
bool last_copies_are_safe(struct move *m, const struct look *look, const json_t *source,
                          struct err *err);
/* A volume on the source that the move did not leave there (those that were copied), or
 * NULL. Lends. */
const char *source_strange_volume(struct move *m, const json_t *source);

/* steps_port.c: with --addresses keep; all pass with new */
watch_fn free_watch, ports_watch, floats_watch, names_watch;
seen_fn open_source_seen, free_seen, ports_seen, floats_seen, fence_again_seen,
    names_seen;
ask_fn open_source_ask, free_ask, ports_ask, floats_ask, names_ask;
heard_fn free_heard, ports_heard, names_heard;
extern const struct step undo_free;
/* Before a move is undone: adds what the source still lacks; false: the look does not
 * tell. */
watch_fn ports_back_watch, volumes_back_watch;
bool ports_are_back(struct move *m, const struct look *look, struct strv *missing);
bool volumes_are_back(struct move *m, const struct look *look, struct strv *missing);
/* Has the target every port and floating IP that it should? *ret_missing: what not (""
 * for nothing), given; NULL: the look does not tell. */
void commit_floats_watch(struct move *m, struct watch *w);
bool commit_network_is_whole(struct move *m, const struct look *look, char **ret_missing);

/* steps_forward.c: port forwardings, with --addresses keep */
watch_fn forwards_watch;
seen_fn forwards_seen;
ask_fn forwards_ask;
heard_fn forwards_heard;
/* On the way back, of the NIC that has this port: *ret is the number of one that has to
 * be made again; what cannot be is left and told. has_float: the port has a floating IP.
 */
bool forward_to_give(struct move *m, const struct look *look, size_t nic,
                     const char *port_id, bool has_float, size_t *ret);
bool forward_give_ask(struct move *m, struct request *r, size_t i, const char *port_id,
                      struct err *err);
/* Network refused to make it: for a forwarding no source stays down, it is left. */
void forward_note_refused(struct move *m, const char *number);
/* In the ledger: those of the NIC that go to this port are on again. */
void forwards_note_on(struct move *m, const struct look *look, size_t nic,
                      const char *port_id);
/* At commit: tells what does not go to the target's ports any more. */
void forwards_tell_changes(struct move *m, const struct look *look);

/* steps_probe.c: does what runs in the target answer? */
watch_fn probe_watch;
seen_fn probe_seen;

/* seal.c: the source, when the target serves */
watch_fn verify_fenced_watch;
seen_fn verify_fenced_seen, seal_name_seen, seal_open_seen, seal_lock_seen;
ask_fn seal_name_ask, seal_open_ask, seal_lock_ask;
heard_fn seal_name_heard;
extern const struct step undo_seal_name;

/* steps_image.c */
watch_fn snapshot_watch, label_watch;
seen_fn snapshot_seen, label_seen;
ask_fn snapshot_ask, label_ask;
heard_fn snapshot_heard, label_heard;
extern const struct step undo_snapshot;
bool image_is_gone(const struct sight *sight);

/* steps_target.c */
watch_fn boot_watch, watch_target;
seen_fn boot_seen, power_seen, relock_seen;
ask_fn boot_ask, power_ask, relock_ask;
heard_fn boot_heard;
extern const struct step undo_boot;
/* Is it our target, or was it until the way back deleted it? For a moment other services
 * still name one that is gone. NULL and "" are none. */
bool is_our_target(const struct move *m, const char *server_id);
/* Deletes servers that carry our target mark and should not be: one act at a time.
 * Returns NEXT when there is none. keep: the id that stays, NULL: none stays. */
enum verdict strays_seen(struct move *m, const struct look *look, const char *keep,
                         bool proof);
bool strays_ask(struct move *m, struct request *r, struct err *err);

/* steps_zone.c: a target that is bound to its zone no more than the source was */
seen_fn unbind_seen;
ask_fn unbind_ask;
bool zone_is_unbound_again(struct move *m);

/* sweep.c, steps_commit.c */
extern const struct step step_sweep;
#define COMMIT_STEPS_SNAPSHOT 9
extern const struct step commit_steps_snapshot[COMMIT_STEPS_SNAPSHOT];

/* Reading a server document. */
bool server_is(const json_t *server, const char *status); /* that status and no task */
bool server_is_busy(const json_t *server);                /* a task is under way */
const char *server_task(const json_t *server);            /* NULL: none */
bool server_is_locked(const json_t *server);
const char *server_lock_reason(const json_t *server); /* NULL: none or not shown */
const char *server_zone(const json_t *server);
/* A volume on the server that was not on the source when it was captured, or NULL. Lends.
 */
const char *server_new_volume(struct move *m, const json_t *server);
/* The source's document in the look, or NULL (then *gone tells whether it is a 404). */
json_t *source_doc(struct move *m, const struct look *look, bool *gone);

#endif
