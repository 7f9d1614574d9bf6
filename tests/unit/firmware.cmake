# SPDX-License-Identifier: Apache-2.0
sw_unit_test(mbserver sw_node_host)
sw_unit_test(regimage sw_node)
sw_unit_test(scenario sw_node_host)
