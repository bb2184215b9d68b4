# SPDX-License-Identifier: Apache-2.0
"""Neutron: bind any port on any host, so that Nova can boot without an L2 agent; take QoS rules and trunks as Open vSwitch does."""
from neutron.services.trunk.drivers import base as trunk
from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.db import constants as db
from neutron_lib.plugins.ml2 import api
from neutron_lib.services.qos import base as qos
from neutron_lib.services.qos import constants as rules
from neutron_lib.services.trunk import constants as segments

NAME = "cloudlab"
ANY = {"type:range": [0, db.DB_INTEGER_MAX_VALUE]}
DIRECTIONS = {"type:values": constants.VALID_DIRECTIONS}
RULES = {rules.RULE_TYPE_BANDWIDTH_LIMIT: {rules.MAX_KBPS: ANY, rules.MAX_BURST: ANY, rules.DIRECTION: DIRECTIONS},
         rules.RULE_TYPE_DSCP_MARKING: {rules.DSCP_MARK: {"type:values": constants.VALID_DSCP_MARKS}}}


class TrunkDriver(trunk.DriverBase):
    """Neutron's trunk plugin does not start without a driver that is loaded."""

    @property
    def is_loaded(self):
        return True


class AnyHostMechanismDriver(api.MechanismDriver):

    def initialize(self):
        # Both plugins load after this one, and ask all instances of their base classes to announce themselves.
        self.qos = qos.DriverBase(NAME, [portbindings.VIF_TYPE_OVS], [portbindings.VNIC_NORMAL], RULES)
        self.trunk = TrunkDriver(NAME, [portbindings.VIF_TYPE_OVS], [segments.SEGMENTATION_TYPE_VLAN])

    def bind_port(self, context):
        for segment in context.segments_to_bind:
            context.set_binding(segment[api.ID], "ovs", {"port_filter": True},
                                status=constants.PORT_STATUS_ACTIVE)
            return
