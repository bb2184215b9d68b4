/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/fsx: which file systems are taken for another machine's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/fsx.h"

static void types(void **state)
{
    (void)state;
    assert_true(fsx_type_is_network(0x6969));
    assert_true(fsx_type_is_network(0x01021997));
    assert_true(fsx_type_is_network(0xFF534D42UL));
    assert_true(fsx_type_is_network((unsigned long)(int)0xFF534D42U));
    assert_false(fsx_type_is_network(0xEF53));     /* ext4 */
    assert_false(fsx_type_is_network(0x01021994)); /* tmpfs */
    assert_false(fsx_type_is_network(0x9123683E)); /* btrfs */
    assert_false(fsx_type_is_network(0x794C7630)); /* overlayfs */
    assert_false(fsx_type_is_network(0));
}

static const char mountinfo[] = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
                                "40 22 0:40 / /mnt/a rw - fuse.sshfs host:/ rw\n"
                                "41 22 0:41 / /mnt/b rw,nosuid - fuseblk /dev/sdb1 rw\n"
                                "42 22 0:4 / /mnt/odd - fuse.gocryptfs /x rw";

static void fuse_is_judged_by_its_mount(void **state)
{
    (void)state;
    assert_true(fsx_fuse_is_network(mountinfo, 0, 40));
    assert_false(fsx_fuse_is_network(mountinfo, 0, 41));
    assert_false(fsx_fuse_is_network(mountinfo, 0, 4));
    assert_true(fsx_fuse_is_network(mountinfo, 0, 99));
    assert_true(fsx_fuse_is_network(NULL, 0, 41));
}

static void this_machine_is_local(void **state)
{
    (void)state;
    struct err err = {0};
    bool network = true;
    assert_true(fsx_is_network("/proc", &network, &err));
    assert_false(network);
    assert_false(fsx_is_network("/no/such/folder", &network, &err));
    assert_int_equal(err.code, ERR_STATE);
    assert_non_null(strstr(err.text, "/no/such/folder"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types),
        cmocka_unit_test(fuse_is_judged_by_its_mount),
        cmocka_unit_test(this_machine_is_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
