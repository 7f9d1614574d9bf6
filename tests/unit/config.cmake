# SPDX-License-Identifier: Apache-2.0
sw_unit_test(text sw_config)
sw_unit_test(tree sw_config)
sw_unit_test(schema sw_config)
sw_unit_test(site sw_config)
sw_unit_test(site_rules sw_config)
sw_unit_test(zone sw_config)
sw_unit_test(read_pack sw_config)
sw_unit_test(pack_options sw_config)
sw_unit_test(read_holidays sw_config)
sw_unit_test(read_template sw_config)
sw_unit_test(check sw_cli PkgConfig::JANSSON)
sw_unit_test(read_schedule sw_cli PkgConfig::JANSSON)
add_dependencies(test_read_schedule siteward) # it runs the command beside itself
