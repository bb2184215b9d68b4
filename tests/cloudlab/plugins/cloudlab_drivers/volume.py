# SPDX-License-Identifier: Apache-2.0
"""Cinder: volumes and snapshots are files under $CLOUDLAB_DIR/volumes."""
import os

from cinder.volume import driver

LAB = os.environ["CLOUDLAB_DIR"]


class FileVolumeDriver(driver.VolumeDriver):

    VERSION = "1.0"

    def check_for_setup_error(self):
        pass

    def _path(self, thing):
        return os.path.join(LAB, "volumes", thing.name_id if hasattr(thing, "name_id") else thing.id)

    def _grow(self, volume):
        path = self._path(volume)
        with open(path, "ab"):
            pass
        os.truncate(path, volume.size << 30)

    def create_volume(self, volume):
        self._grow(volume)

    def delete_volume(self, volume):
        if os.path.exists(self._path(volume)):
            os.unlink(self._path(volume))

    def _copy(self, source, target):
        os.system("cp --sparse=always '%s' '%s'" % (self._path(source), self._path(target)))

    def create_snapshot(self, snapshot):
        self._copy(snapshot.volume, snapshot)

    def delete_snapshot(self, snapshot):
        if os.path.exists(self._path(snapshot)):
            os.unlink(self._path(snapshot))

    def create_volume_from_snapshot(self, volume, snapshot):
        self._copy(snapshot, volume)
        self._grow(volume)

    def create_cloned_volume(self, volume, src_vref):
        self._copy(src_vref, volume)
        self._grow(volume)

    def extend_volume(self, volume, new_size):
        os.truncate(self._path(volume), new_size << 30)

    def copy_image_to_volume(self, context, volume, image_service, image_id, **kwargs):
        with open(self._path(volume), "wb") as f:
            image_service.download(context, image_id, f)
        self._grow(volume)

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        with open(self._path(volume), "rb") as f:
            image_service.update(context, image_meta["id"], {}, f)

    def clone_image(self, *args):
        return None, False

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector):
        return {"driver_volume_type": "fake", "data": {"path": self._path(volume)}}

    def terminate_connection(self, volume, connector, **kwargs):
        pass

    def _update_volume_stats(self):
        self._stats = {"volume_backend_name": self.configuration.safe_get("volume_backend_name"),
                       "vendor_name": "cloudlab", "driver_version": self.VERSION,
                       "storage_protocol": "fake", "total_capacity_gb": 100000,
                       "free_capacity_gb": 100000, "multiattach": True,
                       "thin_provisioning_support": True, "max_over_subscription_ratio": 20.0,
                       "provisioned_capacity_gb": 0}
