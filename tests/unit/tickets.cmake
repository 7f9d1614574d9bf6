# SPDX-License-Identifier: Apache-2.0
sw_unit_test(ticket sw_tickets)
sw_unit_test(desk sw_tickets)
sw_unit_test(desk_deadlines sw_tickets)
sw_unit_test(desk_device sw_tickets)
sw_unit_test(desk_media sw_tickets)
sw_unit_test(desk_random sw_tickets)
sw_unit_test(desk_work sw_tickets)
sw_unit_test(hotline sw_tickets)
