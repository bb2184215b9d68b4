/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The width of one character on a terminal (for text.h, which measures whole texts).
 */
#ifndef BASE_TEXT_WIDTH_H
#define BASE_TEXT_WIDTH_H

#include <stdbool.h>
#include <stdint.h>

/* Columns of one character on a terminal: 0 (control, combining), 1 or 2. */
int text_char_width(uint32_t c);

#endif
