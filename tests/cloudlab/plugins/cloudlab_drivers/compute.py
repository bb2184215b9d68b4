# SPDX-License-Identifier: Apache-2.0
"""Nova: instances are files. Boot downloads the image into the file, snapshot uploads the file.

Everything above the hypervisor is real Nova. Disks lie in $CLOUDLAB_DIR/disks/<instance uuid>,
so that a test can write bytes "in the guest" and look for them in the instance that was moved.
$CLOUDLAB_DIR/faults.json makes a host fail or wait: {"az2-1": {"spawn_fail": true,
"spawn_s": 3, "snapshot_s": 5, "snapshot_fail": true, "stop_s": 2, "delete_s": 2,
"live_s": 10}}; read at each use. faults-<word>.json does so for instances alone whose
name begins with that word: tests beside each other do not meet each other's faults.
"""
import glob
import json
import os
import time

from nova.compute import power_state
from nova.compute import task_states
from nova.compute import vm_states
import nova.conf
from nova import exception
from nova.image import glance
from nova.virt import fake

CONF = nova.conf.CONF
LAB = os.environ["CLOUDLAB_DIR"]


def read(path):
    try:
        with open(path) as f:
            return json.load(f).get(CONF.host, {})
    except (OSError, ValueError):
        return {}


def fault(instance, name, default=0):
    for path in glob.glob(os.path.join(LAB, "faults-*.json")):
        word = os.path.basename(path)[len("faults-"):-len(".json")]
        if (instance.display_name or "").startswith(word) and name in read(path):
            return read(path)[name]
    return read(os.path.join(LAB, "faults.json")).get(name, default)


class FileDriver(fake.FakeLiveMigrateDriver):

    vcpus = 4000
    memory_mb = 4000000
    local_gb = 600000

    def _disk(self, instance):
        return os.path.join(LAB, "disks", instance.uuid)

    def spawn(self, context, instance, image_meta, *args, **kwargs):
        time.sleep(fault(instance, "spawn_s"))
        if fault(instance, "spawn_fail", False):
            raise exception.BuildAbortException(instance_uuid=instance.uuid,
                                                reason="cloudlab: spawn_fail")
        if instance.image_ref and not os.path.exists(self._disk(instance)):
            glance.API().download(context, instance.image_ref, dest_path=self._disk(instance))
        super().spawn(context, instance, image_meta, *args, **kwargs)

    def _remember(self, instance):
        """Guests outlive the agent of their host; the fake hypervisor below us forgets them with its process."""
        if instance.uuid not in self.instances and os.path.exists(self._disk(instance)):
            state = power_state.SHUTDOWN if instance.vm_state == vm_states.STOPPED else power_state.RUNNING
            self.instances[instance.uuid] = fake.FakeInstance(instance.name, state, instance.uuid)

    def get_info(self, instance, *args, **kwargs):
        self._remember(instance)
        return super().get_info(instance, *args, **kwargs)

    def power_on(self, context, instance, *args, **kwargs):
        self._remember(instance)
        super().power_on(context, instance, *args, **kwargs)

    def power_off(self, instance, *args, **kwargs):
        self._remember(instance)
        time.sleep(fault(instance, "stop_s"))
        super().power_off(instance, *args, **kwargs)

    def snapshot(self, context, instance, image_id, update_task_state):
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        time.sleep(fault(instance, "snapshot_s"))
        if fault(instance, "snapshot_fail", False):
            raise exception.NovaException("cloudlab: snapshot_fail")
        update_task_state(task_state=task_states.IMAGE_UPLOADING,
                          expected_state=task_states.IMAGE_PENDING_UPLOAD)
        with open(self._disk(instance), "rb") as disk:
            glance.API().update(context, image_id, {
                "status": "active", "disk_format": "raw", "container_format": "bare",
                "properties": {"image_location": "snapshot", "image_state": "available",
                               "owner_id": instance.project_id},
            }, disk, purge_props=False)

    def destroy(self, context, instance, network_info, block_device_info=None,
                destroy_disks=True, destroy_secrets=True):
        time.sleep(fault(instance, "delete_s"))
        self._remember(instance)
        super().destroy(context, instance, network_info, block_device_info, destroy_disks)
        if destroy_disks:
            try:
                os.unlink(self._disk(instance))
            except FileNotFoundError:
                pass

    def live_migration(self, context, instance, dest, post_method, recover_method,
                       block_migration=False, migrate_data=None):
        self._abort_migration, self._migrating = False, True
        migration, total = migrate_data.migration, instance.memory_mb << 20
        ticks = int(fault(instance, "live_s", 5) * 10)
        for tick in range(ticks):
            if not self._migrating:
                break
            if tick % 5 == 0:
                migration.memory_total = total
                migration.memory_processed = total * tick // ticks
                migration.memory_remaining = total - migration.memory_processed
                migration.save()
            time.sleep(0.1)
        if self._abort_migration:
            recover_method(context, instance, dest, migrate_data, migration_status="cancelled")
        else:
            post_method(context, instance, dest, block_migration, migrate_data)

    def live_migration_force_complete(self, instance):
        self._migrating = False

    def post_live_migration(self, context, instance, block_device_info, migrate_data=None):
        self.instances.pop(instance.uuid, None)

    def cleanup(self, context, instance, network_info, block_device_info=None,
                destroy_disks=True, migrate_data=None, destroy_vifs=True, destroy_secrets=True):
        self.instances.pop(instance.uuid, None)
