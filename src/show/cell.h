/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One JSON value as the text of a cell.
 */
#ifndef SHOW_CELL_H
#define SHOW_CELL_H

#include <jansson.h>

/* Gives. Strings are made printable; arrays and objects become their members with
 * `between` in the middle, a {name, text} pair is "name: text"; NULL and null are "None".
 */
char *cell_text(const json_t *value, const char *between);

#endif
