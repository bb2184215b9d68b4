/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that this program does not use: each has a safer word in base/. Forced into
 * every file of src/ by the build (-include), after the system's headers could be hurt by
 * it: so it poisons identifiers and includes nothing.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok atoi atol atof system
#pragma GCC poison gmtime localtime ctime asctime tmpnam mktemp

#endif
