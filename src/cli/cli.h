/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program, from its command line to its exit status.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/* Gives the exit status. A wrong command line ends the process with 64 itself. */
int cli_main(int argc, char **argv);

#endif
