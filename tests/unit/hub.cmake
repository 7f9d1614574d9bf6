# SPDX-License-Identifier: Apache-2.0
sw_unit_test(hub_seen sw_hub)
sw_unit_test(hub_document sw_hub)
sw_unit_test(hub_store sw_hub)
sw_unit_test(hub_live sw_hub)
sw_unit_test(hub_conf sw_config)
