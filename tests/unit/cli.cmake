# SPDX-License-Identifier: Apache-2.0
sw_unit_test(csv sw_cli)
sw_unit_test(commands sw_cli)
sw_unit_test(table sw_cli)
sw_unit_test(pack_text sw_cli)
sw_unit_test(scan sw_cli)
sw_unit_test(scan_plan sw_cli)
sw_unit_test(scan_guess sw_cli)
sw_unit_test(scan_add sw_cli)
