/* SPDX-License-Identifier: Apache-2.0 */
/* Names of verdicts, for the journal and the debug log. */
#include "flow/verdict.h"

const char *verdict_name(enum verdict v)
{
    static const char *const names[VERDICT_MAX] = {
        [NEXT] = "next",   [WAIT] = "wait", [ABSENT] = "absent", [AGAIN] = "again",
        [RETRY] = "retry", [HOLD] = "hold", [FAIL] = "fail",
    };

    return v >= 0 && v < VERDICT_MAX ? names[v] : "?";
}
