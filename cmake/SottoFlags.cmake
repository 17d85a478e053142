# Compiler and linker flags of our own code, on the interface library sotto_flags. What comes from
# elsewhere is included as SYSTEM and stays out of reach of our warnings.

add_library(sotto_flags INTERFACE)
target_compile_options(sotto_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
  -Wno-restrict           # g++ 12 warns falsely about string concatenation at -O3.
  -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Designated initialisers leave the rest to the defaults of the struct: that is what they are for.
  target_compile_options(sotto_flags INTERFACE -Wno-missing-field-initializers)
else()
  target_compile_options(sotto_flags INTERFACE -Wno-missing-field-initializers
                                               -Wno-missing-designated-field-initializers
                                               -Wno-unknown-warning-option)
endif()
# Messages name src/…, not where somebody's checkout is.
target_compile_options(sotto_flags INTERFACE -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)

target_compile_definitions(sotto_flags INTERFACE SOTTO_VERSION="${PROJECT_VERSION}")

if(SOTTO_DCHECKS)
  target_compile_definitions(sotto_flags INTERFACE SOTTO_DCHECKS)
endif()

if(SOTTO_SANITIZE)
  add_compile_options(-fsanitize=${SOTTO_SANITIZE})
  add_link_options(-fsanitize=${SOTTO_SANITIZE})
  if(SOTTO_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
  endif()
  if(SOTTO_SANITIZE MATCHES "thread")
    # g++'s ThreadSanitizer knows no fences, and refuses Asio's; its queues are locked besides.
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()

if(SOTTO_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(SOTTO_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

if(SOTTO_LINT)
  target_compile_options(sotto_flags INTERFACE -Wthread-safety)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
                      -fstack-clash-protection -fcf-protection)
  add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
