# SPDX-License-Identifier: Apache-2.0
"""Drivers that let real OpenStack services run without a hypervisor, a switch or a storage array."""
