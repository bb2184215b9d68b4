/* SPDX-License-Identifier: Apache-2.0 */
/* rezone: moves OpenStack servers from one availability zone to another. */
#include <locale.h>
#include <unistd.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    /* Numbers in JSON, on the wire and on the command line have a point in every
     * language. */
    setlocale(LC_NUMERIC, "C");
    return cli_main(argc, argv);
}
