/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/text_width: the edges of the two tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text_width.h"

static void widths(void **state)
{
    (void)state;
    static const struct {
        uint32_t c;
        int width;
    } rows[] = {
        {0, 0},       {0x1F, 0},    {0x20, 1},    {0x7E, 1},    {0x7F, 0},
        {0x9F, 0},    {0xA0, 1},    {0xAD, 1},    {0x2FF, 1},   {0x300, 0},
        {0x36F, 0},   {0x370, 1},   {0x10FF, 1},  {0x1100, 2},  {0x115F, 2},
        {0x1160, 0},  {0x200B, 0},  {0x2010, 1},  {0x231A, 2},  {0x2E7F, 1},
        {0x2E80, 2},  {0x3000, 2},  {0x303F, 1},  {0x3041, 2},  {0x4E00, 2},
        {0x9FFF, 2},  {0xAC00, 2},  {0xD7A3, 2},  {0xE000, 1},  {0xFE0F, 0},
        {0xFF01, 2},  {0xFF60, 2},  {0xFF61, 1},  {0x1F600, 2}, {0x1F1E6, 1},
        {0x20000, 2}, {0x3FFFD, 1}, {0xE0100, 0}, {0xE01EF, 0}, {0x10FFFF, 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (text_char_width(rows[i].c) != rows[i].width)
            fail_msg("U+%04X is %d wide", (unsigned)rows[i].c,
                     text_char_width(rows[i].c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(widths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
