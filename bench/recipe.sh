#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a user would script with the openstack client, az1 to az2: recipe.sh SERVER NEW-NAME
set -e
: "${OS_CLOUD:=demo}" "${OS_REGION_NAME:=RegionOne}"; export OS_CLOUD OS_REGION_NAME
openstack server stop "$1"
until [ "$(openstack server show "$1" -f value -c status)" = SHUTOFF ]; do sleep 1; done
openstack server image create --name "$1-snapshot" --wait "$1" -f value -c id
openstack server create --image "$1-snapshot" --flavor m1.tiny --network private --security-group default --availability-zone az2 --wait "$2" -f value -c id -c status
