# SPDX-License-Identifier: Apache-2.0
sw_unit_test(energy sw_rules)
sw_unit_test(calendar sw_rules)
sw_unit_test(stat sw_rules)
sw_unit_test(slide sw_rules)
sw_unit_test(forecast sw_rules)
sw_unit_test(pack sw_rules)
sw_unit_test(judge sw_rules)
