#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Proves that the stock openstack client works on the fake cloud: lists, boots, stops, snapshots, deletes.
set -eu

FAKECLOUD=${FAKECLOUD:-$(dirname "$0")/fakecloud}
if ! command -v openstack >/dev/null; then
    echo "1..0 # SKIP no openstack client"
    exit 77
fi

folder=$(mktemp -d)
fake=
finish() {
    status=$?
    if [ -n "$fake" ] && kill "$fake" 2>/dev/null; then
        wait "$fake" || status=$?
    fi
    [ "$status" = 0 ] || cat "$folder/errors" >&2
    rm -rf "$folder"
    exit "$status"
}
trap finish EXIT

coproc FAKE { exec "$FAKECLOUD" --clouds-yaml "$folder/clouds.yaml" 2>"$folder/errors"; }
fake=$FAKE_PID
read -r word port <&"${FAKE[0]}"
[ "$word" = port ] && [ "$port" -gt 0 ]
export OS_CLIENT_CONFIG_FILE=$folder/clouds.yaml OS_CLOUD=demo OS_REGION_NAME=RegionOne
unset OS_COMPUTE_API_VERSION

is() { # is WHAT GOT WANTED; --wait prints an empty line first
    if [ "${2#$'\n'}" != "$3" ]; then
        echo "not ok: $1: got '$2', wanted '$3'" >&2
        exit 1
    fi
    echo "ok $1"
}

is "no server" "$(openstack server list -f value)" ""
is "image" "$(openstack image list -f value -c Name -c Status)" "cirros active"
is "flavors" "$(openstack flavor list -f value -c Name | sort | tr '\n' ' ')" "m1.large m1.small m1.tiny "
is "networks" "$(openstack network list -f value -c Name | sort | tr '\n' ' ')" "backend private public "
is "zones" "$(openstack availability zone list --compute -f value -c 'Zone Name' | tr '\n' ' ')" "az1 az2 "
is "keypair" "$(openstack keypair list -f value -c Name)" "key"
is "groups" "$(openstack security group list -f value -c Name | sort | tr '\n' ' ')" "default web "
is "app credential" "$(openstack --os-cloud '' --os-auth-type v3applicationcredential \
    --os-auth-url "http://127.0.0.1:$port/identity/v3" --os-application-credential-id appcred-demo \
    --os-application-credential-secret appcred-secret token issue -f value -c id | cut -c1-3)" "gAA"

is "boot" "$(openstack server create --image cirros --flavor m1.tiny --network private --key-name key \
    --security-group web --availability-zone az1 --property a=b --wait web1 -f value -c status)" "ACTIVE"
id=$(openstack server show web1 -f value -c id)
is "zone" "$(openstack server show web1 -f value -c OS-EXT-AZ:availability_zone)" "az1"
is "address" "$(openstack server show web1 -f value -c addresses | grep -c 10.10.)" "1"
is "port" "$(openstack port list --server web1 -f value -c Status)" "ACTIVE"

address=$(openstack floating ip create public -f value -c floating_ip_address)
openstack server add floating ip web1 "$address"
is "floating ip" "$(openstack floating ip list -f value -c 'Floating IP Address')" "$address"

openstack server stop web1
until [ "$(openstack server show web1 -f value -c status)" = SHUTOFF ]; do :; done
is "stop" "$(openstack server list -f value -c Name -c Status)" "web1 SHUTOFF"
openstack server lock --os-compute-api-version 2.73 --reason "a test" web1
is "locked" "$(openstack --os-compute-api-version 2.73 server show web1 -f value -c locked_reason)" "a test"
if openstack server start web1 2>"$folder/refused"; then
    is "a locked server starts" yes no
fi
is "refusal" "$(grep -c 'is locked' "$folder/refused")" "1"
openstack server unlock web1

is "snapshot" "$(openstack server image create --name snap --wait web1 -f value -c status)" "active"
is "its server" "$(openstack image show snap -f json | python3 -c 'import json,sys
print(json.load(sys.stdin)["properties"]["instance_uuid"])')" "$id"
openstack image set --property k=v --tag t snap
is "image tag" "$(openstack image list --tag t -f value -c Name)" "snap"
is "move" "$(openstack server create --image snap --flavor m1.tiny --network private \
    --availability-zone az2 --wait web2 -f value -c OS-EXT-AZ:availability_zone)" "az2"

openstack volume create --size 1 data -f value -c status >/dev/null
openstack server add volume web2 data >/dev/null
until [ "$(openstack volume show data -f value -c status)" = in-use ]; do :; done
is "volume" "$(openstack volume list -f value -c Name -c Status)" "data in-use"
openstack server remove volume web2 data

openstack server delete --wait web1 web2
is "deleted" "$(openstack server list -f value)" ""
openstack image delete snap
is "image deleted" "$(openstack image list -f value -c Name)" "cirros"
is "admin sees hosts" "$(openstack --os-cloud admin compute service list -f value -c Host | tr '\n' ' ')" "az1-1 az1-2 az2-1 az2-2 "
is "limits" "$(openstack limits show --absolute -f json | grep -c maxTotalInstances)" "1"
