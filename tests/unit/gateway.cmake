# SPDX-License-Identifier: Apache-2.0
sw_unit_test(block sw_gateway)
sw_unit_test(store sw_gateway)
sw_unit_test(uplink sw_gateway)
# Driven by tests/system/test_uplink.py.
add_executable(uplink_driver ../support/uplink_driver.c)
target_link_libraries(uplink_driver PRIVATE sw_gateway)
