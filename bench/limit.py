#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The cloud's own critical path: stop, createImage, boot in another zone, by one process with one token and 50 ms polls.

    limit.py [N]      prints seconds to SHUTOFF, to image active, to ACTIVE in az2 (each from the first change) per move
No tool can be faster than this; rezone is measured against it, side by side in one run.
"""
import os
import sys
import tempfile
import time
import uuid

os.environ.setdefault("OS_CLIENT_CONFIG_FILE", os.path.join(
    os.environ.get("CLOUDLAB_DIR", os.path.join(tempfile.gettempdir(), "cloudlab")), "clouds.yaml"))
import openstack

cloud = openstack.connect(cloud=os.environ.get("OS_CLOUD", "demo"), region_name=os.environ.get("OS_REGION_NAME", "RegionOne"))
HEAD = {"OpenStack-API-Version": "compute 2.79"}
IMAGE, FLAVOR, NETWORK = cloud.image.find_image("cirros").id, cloud.compute.find_flavor("m1.tiny").id, cloud.network.find_network("private").id


def nova(method, path, body=None):
    reply = cloud.compute.request(path, method, json=body, headers=HEAD)
    return reply.json() if reply.content else None


def until(sid, status):
    while True:
        server = nova("GET", "/servers/" + sid)["server"]
        if server["status"] == "ERROR":
            sys.exit("server %s: %s" % (sid, server.get("fault")))
        if server["status"] == status and not server["OS-EXT-STS:task_state"]:
            return
        time.sleep(0.05)


def boot(name, image, zone):
    body = {"name": name, "imageRef": image, "flavorRef": FLAVOR, "networks": [{"uuid": NETWORK}], "availability_zone": zone}
    sid = nova("POST", "/servers", {"server": body})["server"]["id"]
    until(sid, "ACTIVE")
    return sid


def move(name):
    source = boot(name, IMAGE, "az1")
    began = time.monotonic()
    nova("POST", "/servers/%s/action" % source, {"os-stop": None})
    until(source, "SHUTOFF")
    stopped = time.monotonic() - began
    image = nova("POST", "/servers/%s/action" % source, {"createImage": {"name": name}})["image_id"]
    while cloud.image.get("/images/" + image).json()["status"] != "active":
        time.sleep(0.05)
    until(source, "SHUTOFF")
    imaged = time.monotonic() - began
    target = boot(name, image, "az2")
    booted = time.monotonic() - began
    for sid in (source, target):
        nova("DELETE", "/servers/" + sid)
    cloud.image.delete_image(image)
    return stopped, imaged, booted


for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
    print("%.2f %.2f %.2f" % move("limit-" + uuid.uuid4().hex[:6]), flush=True)
