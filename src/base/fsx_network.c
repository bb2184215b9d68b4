/* SPDX-License-Identifier: Apache-2.0 */
/* Which file systems live on another machine: locks and shared memory fail there. */
#include "base/fsx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/mem.h"
#include "base/text.h"

/* statfs(2)'s f_type, from linux/magic.h and the file systems' own sources. */
static const unsigned long network_types[] = {
    0x6969,     /* NFS */
    0x517B,     /* SMB */
    0xFF534D42, /* CIFS */
    0xFE534D42, /* SMB2 */
    0x01021997, /* 9p */
    0x5346414F, /* OpenAFS */
    0x6B414653, /* kAFS */
    0x73757245, /* Coda */
    0x564C,     /* NCP */
    0x00C36400, /* Ceph */
    0x0BD00BD0, /* Lustre */
    0x01161970, /* GFS2 */
    0x7461636F, /* OCFS2 */
    0x47504653, /* GPFS */
    0x19830326, /* FhGFS, BeeGFS */
    0x786F4256, /* VirtualBox's shared folder */
    0xBACBACBC, /* VMware's shared folder */
};

#define FUSE_TYPE 0x65735546UL

bool fsx_type_is_network(unsigned long type)
{
    /* f_type is a signed word on some machines: 0xFF534D42 comes sign-extended. */
    for (size_t i = 0; i < sizeof(network_types) / sizeof(*network_types); i++)
        if ((type & 0xFFFFFFFFUL) == network_types[i])
            return true;
    return false;
}

/* FUSE is one type for all: these are on this machine, any other is taken for remote. */
static bool is_local_fuse(const char *type)
{
    static const char *const local[] = {"fuseblk",
                                        "fuse.ntfs",
                                        "fuse.ntfs-3g",
                                        "fuse.exfat",
                                        "fuse.encfs",
                                        "fuse.gocryptfs",
                                        "fuse.cryfs",
                                        "fuse.bindfs",
                                        "fuse.mergerfs",
                                        "fuse.unionfs",
                                        "fuse.lxcfs",
                                        "fuse.portal",
                                        "fuse.fuse-overlayfs",
                                        "fuse.zfs-fuse"};
    for (size_t i = 0; i < sizeof(local) / sizeof(*local); i++)
        if (!strcmp(type, local[i]))
            return true;
    return false;
}

bool fsx_fuse_is_network(const char *mountinfo, unsigned major_nr, unsigned minor_nr)
{
    /* proc(5): id parent major:minor root place options [fields] - type source options */
    AUTO_FREE char *wanted = xasprintf("%u:%u", major_nr, minor_nr);
    bool network = true;
    while (mountinfo && *mountinfo) {
        size_t n = strcspn(mountinfo, "\n");
        AUTO_FREE char *line = xstrndup(mountinfo, n);
        char device[32], type[64];
        const char *rest = strstr(line, " - ");
        if (rest && sscanf(line, "%*d %*d %31s", device) == 1 &&
            !strcmp(device, wanted) && sscanf(rest, " - %63s", type) == 1)
            network = !is_local_fuse(type);
        mountinfo += n + (mountinfo[n] == '\n');
    }
    return network;
}

bool fsx_is_network(const char *path, bool *ret, struct err *err)
{
    const size_t longest = (size_t)8 << 20;
    struct statfs fs;
    struct stat st;
    if (statfs(path, &fs) != 0 || stat(path, &st) != 0)
        return err_set_errno(err, ERR_STATE, errno,
                             "cannot look at the file system of %s", path);
    unsigned long type = (unsigned long)fs.f_type;
    if ((type & 0xFFFFFFFFUL) != FUSE_TYPE) {
        *ret = fsx_type_is_network(type);
        return true;
    }
    char *mountinfo = NULL;
    if (!fsx_read("/proc/self/mountinfo", longest, &mountinfo, NULL, NULL, NULL))
        mountinfo = NULL;
    *ret = fsx_fuse_is_network(mountinfo, major(st.st_dev), minor(st.st_dev));
    free(mountinfo);
    return true;
}
