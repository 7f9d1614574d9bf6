# SPDX-License-Identifier: Apache-2.0
sw_unit_test(text sw_config)
sw_unit_test(tree sw_config)
sw_unit_test(schema sw_config)
sw_unit_test(site sw_config)
sw_unit_test(zone sw_config)
sw_unit_test(read_pack sw_config)
sw_unit_test(read_template sw_config)
sw_unit_test(check sw_cli PkgConfig::JANSSON)
