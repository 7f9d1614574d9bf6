# SPDX-License-Identifier: Apache-2.0
sw_unit_test(block sw_gateway)
sw_unit_test(store sw_gateway)
sw_unit_test(uplink sw_gateway)
# Driven by tests/system/test_uplink.py.
add_executable(uplink_driver ../support/uplink_driver.c)
target_link_libraries(uplink_driver PRIVATE sw_gateway)
sw_unit_test(ticket_state sw_engine)
sw_unit_test(doc_site sw_engine)
sw_unit_test(restore sw_gateway)
target_compile_definitions(test_restore PRIVATE SW_TEST_ENGINE="${CMAKE_SOURCE_DIR}/tests/engine")
sw_unit_test(schedule_merge sw_engine)
sw_unit_test(no_allocation sw_engine)
target_link_options(test_no_allocation PRIVATE -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc)
