# SPDX-License-Identifier: Apache-2.0
sw_unit_test(err sw_common)
sw_unit_test(jsonw sw_common)
sw_unit_test(timefmt sw_common)
sw_unit_test(mailbox sw_common)
sw_unit_test(worker sw_common)
sw_unit_test(ident sw_common)
sw_unit_test(listen sw_common)
sw_unit_test(clock sw_common)
