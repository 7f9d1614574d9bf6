# SPDX-License-Identifier: Apache-2.0
# Where things go on a machine. Programs find each other by lying in one folder, and what they read in share/siteward
# (config/share.c); build with -DSW_FROM_SOURCE_TREE=OFF. `siteward`, `siteward-snapshot` and `siteward-hub` say for
# themselves that they are installed.
set(SW_UNIT_DIR "lib/systemd/system" CACHE STRING "Folder of systemd units, relative to the prefix or absolute")
set(SW_UDEV_DIR "lib/udev/rules.d" CACHE STRING "Folder of udev rules, relative to the prefix or absolute")
set(SW_ETC_DIR "/etc" CACHE STRING "Where /etc/siteward lies")

install(TARGETS sitewardd siteward-node RUNTIME DESTINATION bin)

set(share share/siteward)
install(DIRECTORY sensors/templates/ DESTINATION ${share}/templates FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY rules/packs/ DESTINATION ${share}/packs FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY tickets/packs/ DESTINATION ${share}/hotlines FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY config/holidays/ DESTINATION ${share}/holidays FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY config/scenarios/ DESTINATION ${share}/scenarios PATTERN "README.md" EXCLUDE)
install(DIRECTORY config/schema/ DESTINATION ${share}/schema FILES_MATCHING PATTERN "*.json")
if(EXISTS ${CMAKE_SOURCE_DIR}/web/dist/index.html)
  install(DIRECTORY web/dist/ DESTINATION ${share}/web)
endif()

install(FILES config/site.example.yaml DESTINATION share/doc/siteward/examples)
install(FILES docs/asyncapi.yaml DESTINATION share/doc/siteward)
# A site that is not there: the service has something to do until somebody says what there is.
install(FILES systemd/site.yaml DESTINATION ${SW_ETC_DIR}/siteward)
install(FILES systemd/sitewardd.service systemd/siteward-sim.service DESTINATION ${SW_UNIT_DIR})
install(PROGRAMS systemd/siteward-sim DESTINATION lib/siteward)
install(FILES systemd/sysusers.conf DESTINATION lib/sysusers.d RENAME siteward.conf)
install(FILES systemd/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME siteward.conf)
install(FILES systemd/60-siteward.rules DESTINATION ${SW_UDEV_DIR})

if(TARGET siteward-hub)
  install(FILES config/hub.example.yaml DESTINATION share/doc/siteward-hub/examples)
  install(FILES systemd/siteward-hub.service DESTINATION ${SW_UNIT_DIR})
  install(FILES systemd/sysusers-hub.conf DESTINATION lib/sysusers.d RENAME siteward-hub.conf)
  install(FILES systemd/tmpfiles-hub.conf DESTINATION lib/tmpfiles.d RENAME siteward-hub.conf)
endif()
