# SPDX-License-Identifier: Apache-2.0
sw_unit_test(regcodec sw_common)
sw_unit_test(template sw_sensors)
sw_unit_test(plan sw_sensors)
sw_unit_test(device sw_sensors)
sw_unit_test(bus_worker sw_sensors)
target_sources(test_bus_worker PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/bus_script.c)
