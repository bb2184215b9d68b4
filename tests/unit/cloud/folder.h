/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of its own for tests that read configuration files. */
#ifndef FOLDER_H
#define FOLDER_H

/* Makes a fresh folder and goes there; the home folder of env lies in it. */
void folder_enter(void);
void folder_leave(void); /* removes it */
/* Writes a file, making the folders on the way; mode 0600. */
void folder_write(const char *path, const char *content);
char *folder_path(const char *path); /* gives the absolute path */
/* The environment of the tests: HOME, nothing of the machine's own configuration, and the
 * words given (NULL at the end). Lends until the next call. */
char *const *folder_env(const char *const *words);

#endif
