# SPDX-License-Identifier: Apache-2.0
# Compiler options that every target gets; presets turn warnings into errors and choose sanitizers.
add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
  -Wvla -Wformat=2 -Wundef -Wwrite-strings -Wpointer-arith -Wcast-align -Wimplicit-fallthrough
  -Wno-missing-field-initializers
  -fno-common -fstack-protector-strong)
option(SW_FROM_SOURCE_TREE "Programs take packs, templates and pages from this source tree; OFF for what is installed" ON)
if(SW_FROM_SOURCE_TREE)
  set(SW_SOURCE_SHARE "${CMAKE_SOURCE_DIR}")
else()
  set(SW_SOURCE_SHARE "/nonexistent")
endif()
add_compile_definitions(_GNU_SOURCE SW_VERSION="${PROJECT_VERSION}" SW_SOURCE_SHARE="${SW_SOURCE_SHARE}")
# Doubles decide nothing that is judged, but what they print must not depend on contraction.
add_compile_options(-ffp-contract=off)

option(SW_WERROR "Warnings are errors" OFF)
if(SW_WERROR)
  add_compile_options(-Werror)
endif()
if(SW_SANITIZE)
  add_compile_options(-fsanitize=${SW_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SW_SANITIZE})
endif()
option(SW_COVERAGE "Instrument for gcov" OFF)
if(SW_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
