/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files: read with a cap, write atomically, make private folders. What fails to be
 * written or made is ERR_STATE; a caller that writes something else than state sets its
 * own error.
 */
#ifndef BASE_FSX_H
#define BASE_FSX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Gives the whole file, NUL-terminated; more than max bytes is an error. ret_len may be
 * NULL. *ret_missing (may be NULL) tells "no such file" (also ERR_NOTFOUND) from other
 * errors (ERR_CONFIG). */
bool fsx_read(const char *path, size_t max, char **ret, size_t *ret_len,
              bool *ret_missing, struct err *err);
/* Writes a temporary file beside path (mode), syncs it, renames it, syncs the folder.
 * After a crash path holds the old bytes or the new ones, whole. */
bool fsx_write_atomic(const char *path, const void *bytes, size_t n, unsigned mode,
                      struct err *err);
/* Makes each missing folder of path with mode 0700, durably; an existing one is left as
 * it is. */
bool fsx_make_dirs(const char *path, struct err *err);
/* Is path (an existing folder or file) on a network file system (NFS, CIFS, FUSE.sshfs,
 * 9p, AFS, Ceph, Lustre, GFS2 ...)? WAL and flock cannot be trusted there. */
bool fsx_is_network(const char *path, bool *ret, struct err *err);
/* Its two rules: statfs's f_type; and for FUSE, which is one type for all, the text of
 * /proc/self/mountinfo (an unknown one is taken for remote). */
bool fsx_type_is_network(unsigned long type);
bool fsx_fuse_is_network(const char *mountinfo, unsigned major_nr, unsigned minor_nr);
char *fsx_dirname(const char *path);               /* gives */
char *fsx_join(const char *dir, const char *name); /* gives dir/name */
char *fsx_expand_home(const char *path);           /* gives; "~/x" by HOME, else a copy */

#endif
