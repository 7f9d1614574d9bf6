# SPDX-License-Identifier: Apache-2.0

sw_unit_test(document sw_io PkgConfig::JANSSON)
target_sources(test_document PRIVATE ../support/document_cases.c ../support/document_evidence_case.c ../support/document_fixture.c ../support/document_rendered.c)
# The judge and the titles stand in: what is rendered does not depend on how they come about.
target_link_options(test_document PRIVATE -Wl,--wrap=sw_judge_n_rules -Wl,--wrap=sw_judge_rule
  -Wl,--wrap=sw_judge_worst -Wl,--wrap=sw_judge_state -Wl,--wrap=sw_ticket_title)
sw_unit_test(topic sw_io)
sw_unit_test(loop sw_io)
sw_unit_test(window_text sw_io)
sw_unit_test(db sw_io)
sw_unit_test(http sw_io)
sw_unit_test(http_words sw_io)
sw_unit_test(sse sw_io)
sw_unit_test(csv_text sw_io)
sw_unit_test(ics sw_io)
sw_unit_test(static sw_io)
sw_unit_test(jcs sw_io)
sw_unit_test(request sw_io)
sw_unit_test(mqtt_inbox sw_io)
sw_unit_test(mqtt_words sw_io)
sw_unit_test(auth sw_io PkgConfig::SODIUM)
sw_unit_test(auth_file sw_io PkgConfig::SODIUM)
